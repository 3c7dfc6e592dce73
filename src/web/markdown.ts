import MarkdownIt from 'markdown-it';

const markdown = new MarkdownIt({ html: true });
// Comments mark what a test writes, and pictures do not come with the package.
markdown.renderer.rules.html_block = markdown.renderer.rules.html_inline = () => '';

export interface Document {
  readonly title: string;
  readonly html: string;
}

/** `linkTo` turns the address of a link into ours; null leaves its words without one. HTML in the text is left out. */
export function renderMarkdown(text: string, linkTo: (href: string) => string | null): Document {
  const tokens = markdown.parse(text, {});
  const titles: string[] = [];
  for (const [index, token] of tokens.entries()) {
    const words = tokens[index + 1]?.content ?? '';
    if (token.type === 'heading_open') {
      titles.push(words);
      token.attrSet('id', slugOf(words));
    }
    // What is wide scrolls, which has to be possible without a mouse.
    if (token.type === 'fence' || token.type === 'table_open') token.attrSet('tabindex', '0');
    if (token.children) relink(token.children, linkTo);
  }
  return { title: titles[0] ?? '', html: markdown.renderer.render(tokens, markdown.options, {}) };
}

function relink(tokens: MarkdownIt.Token[], linkTo: (href: string) => string | null): void {
  for (const token of tokens) {
    if (token.type !== 'link_open') continue;
    const href = linkTo(String(token.attrGet('href')));
    if (href === null) token.attrs = [];
    else token.attrSet('href', href);
  }
}

/** As GitHub makes them, so that links to headings work there and here. */
function slugOf(words: string): string {
  return words
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
