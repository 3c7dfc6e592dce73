import { defects } from './defects';
import { expectNoticed } from './seeding';

expectNoticed(defects.filter((_, index) => index % 2 === 0));
