import { json, type Answer } from '../http/answer';
import type { ThrottleLanguage } from '../state/settings';
import type { World } from '../state/world';

/** Zoho translates the sentence into the language of the client's account. */
const sentences: Readonly<Record<ThrottleLanguage, string>> = {
  en: 'You have made too many requests continuously. Please try again after some time.',
  zh: '您连续发出了太多请求。请稍后再试。',
  de: 'Sie haben zu viele aufeinanderfolgende Anfragen gestellt. Bitte versuchen Sie es später erneut.',
  fr: 'Vous avez effectué trop de requêtes en continu. Veuillez réessayer ultérieurement.',
  es: 'Ha realizado demasiadas solicitudes seguidas. Vuelva a intentarlo más tarde.',
  ja: '連続したリクエストが多すぎます。しばらくしてからもう一度お試しください。',
};

/** "Access Denied", and counted. */
export function throttled(world: World): Answer {
  world.throttle.answered += 1;
  return throttleAnswer(world.settings.throttleLanguage, world.settings.throttleStatus);
}

export function throttleAnswer(language: ThrottleLanguage, status: number): Answer {
  return json({ error_description: sentences[language], error: 'Access Denied', status: 'failure' }, status);
}
