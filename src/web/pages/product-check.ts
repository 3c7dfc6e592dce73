import { Router, type Request, type Response } from 'express';
import { checkProduct } from '../../calls/product-check';
import { getConnection } from '../../connections/connections';
import type { Keeper } from '../../keeper';
import { Problem } from '../../lib/problem';
import { field, nameOf, personOf } from '../input';
import { flash } from '../flash';
import { show } from '../render';
import { productCheckView } from '../views/product-check';

export function productCheckRoutes(keeper: Keeper): Router {
  const router = Router();
  router.post('/connections/:name/try', (req, res) => tryProduct(keeper, req, res));
  return router;
}

async function tryProduct(keeper: Keeper, req: Request<{ name: string }>, res: Response): Promise<void> {
  const product = field(req, 'product');
  const connection = await getConnection(keeper, nameOf(req));
  try {
    const result = await checkProduct(keeper, keeper, connection, product, personOf(req));
    show(res, 'product-check', productCheckView(connection.name, result));
  } catch (error) {
    if (!(error instanceof Problem) || error.status < 409) throw error;
    flash(res, { tone: 'bad', sentence: error.sentence, next: error.next });
    res.redirect(303, `/connections/${connection.name}`);
  }
}
