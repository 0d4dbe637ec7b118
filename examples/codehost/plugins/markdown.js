// Markdown to HTML: headings, lists, quotes, fenced code, paragraphs, and the
// usual marks inside a line.
'use strict';

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text) => text.replace(/[&<>"]/g, (c) => escapes[c]);

// What stands inside a line. Code comes first: nothing in it means anything.
function inline(text) {
  return text.split(/(`[^`]+`)/).map((part) => {
    if (/^`[^`]+`$/.test(part)) return `<code>${escape(part.slice(1, -1))}</code>`;
    return escape(part)
      .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
      .replace(/\*([^*]+)\*/g, '<em>$1</em>')
      .replace(/\[([^\]]+)\]\(((?:https?:\/\/|\/|#|[\w.-]+)[^\s)]*)\)/g, link);
  }).join('');
}

const link = (whole, text, target) => (/^(?!https?:)[a-z][a-z0-9+.-]*:/i.test(target) ? whole : `<a href="${target}">${text}</a>`);

// One block of lines, the first of which tells its kind.
const blocks = [
  { starts: /^```/, take: fence },
  { starts: /^#{1,6} /, take: heading },
  { starts: /^[-*+] /, take: list('ul', /^[-*+] /) },
  { starts: /^\d+\. /, take: list('ol', /^\d+\. /) },
  { starts: /^> ?/, take: quote },
];

function fence(lines) {
  const code = [];
  lines.shift();
  while (lines.length && !lines[0].startsWith('```')) code.push(lines.shift());
  lines.shift();
  return `<pre><code>${escape(code.join('\n'))}</code></pre>\n`;
}

function heading(lines) {
  const [, marks, text] = /^(#+) (.*)$/.exec(lines.shift());
  return `<h${marks.length}>${inline(text)}</h${marks.length}>\n`;
}

function list(tag, mark) {
  return (lines) => {
    const items = [];
    while (lines.length && mark.test(lines[0])) items.push(`<li>${inline(lines.shift().replace(mark, ''))}</li>\n`);
    return `<${tag}>\n${items.join('')}</${tag}>\n`;
  };
}

function quote(lines) {
  const inner = [];
  while (lines.length && lines[0].startsWith('>')) inner.push(lines.shift().replace(/^> ?/, ''));
  return `<blockquote>\n${render(inner.join('\n'))}</blockquote>\n`;
}

function paragraph(lines) {
  const text = [];
  while (lines.length && lines[0].trim() && !(text.length && blocks.some((b) => b.starts.test(lines[0])))) text.push(lines.shift().trim());
  return `<p>${inline(text.join('\n'))}</p>\n`;
}

// render(text): the text as HTML. Whatever could be HTML in it is escaped.
function render(text) {
  const lines = text.split(/\r?\n/);
  const out = [];
  while (lines.length) {
    if (!lines[0].trim()) {
      lines.shift();
      continue;
    }
    const block = blocks.find((b) => b.starts.test(lines[0]));
    out.push((block ? block.take : paragraph)(lines));
  }
  return out.join('');
}

module.exports = { render };
