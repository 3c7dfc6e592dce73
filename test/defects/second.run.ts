import { expectNoticed } from './seeding';

expectNoticed('second');
