import { expectNoticed } from './seeding';

expectNoticed('first');
