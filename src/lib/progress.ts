/** Takes where long work stands, in a few words. */
export type Tell = (words: string) => void;

export const tellNobody: Tell = () => undefined;
