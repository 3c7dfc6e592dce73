import type { CheckResult } from '../../calls/product-check';
import { explainCheck } from '../../calls/check-words';
import type { Tone } from '../words';

export interface ProductCheckView {
  connectionName: string;
  product: string;
  /** Null when Zoho was not asked. */
  call: string | null;
  status: number | null;
  tone: Tone;
  sentence: string;
  next: string;
  text: string;
}

export function productCheckView(connectionName: string, result: CheckResult): ProductCheckView {
  const { product, path } = result.check;
  return {
    connectionName,
    product: product.name,
    call: path === null ? null : `GET ${path}`,
    status: result.answer?.status ?? null,
    ...explainCheck(result),
    text: result.answer === null ? '' : pretty(result.answer.text),
  };
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
