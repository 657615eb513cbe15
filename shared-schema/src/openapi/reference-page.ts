import { Html, html } from './html.ts';
import type { OpenApiDocument, Operation, Server } from './openapi-document.ts';
import type { Parameter, Reference } from './parameters.ts';
import type { Response } from './responses.ts';
import type { JsonSchema } from './schema-components.ts';
import { fieldsOf, schemaText } from './schema-text.ts';

/** The page's whole style: it stands in the page, and its hash in the page's Content-Security-Policy. */
export const REFERENCE_STYLE = `
:root{color-scheme:light dark;--line:#8884;--soft:#8882;--accent:#0b6e4f}
@media (prefers-color-scheme:dark){:root{--accent:#5fd0a5}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:56rem;padding:1rem;font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1,h2,h3{line-height:1.2}
h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}
a{color:var(--accent)}
code{font:0.9em ui-monospace,monospace;background:var(--soft);padding:0 .25em;border-radius:.25em}
details{border:1px solid var(--line);border-radius:.5rem;margin:.5rem 0;padding:0 .75rem}
summary{cursor:pointer;padding:.6rem 0}
summary b{display:inline-block;min-width:4rem;color:var(--accent)}
dl{margin:.5rem 0}
dt{margin-top:.5rem}
dd{margin-left:1rem}
nav a{display:inline-block;padding:.25rem .5rem .25rem 0}
`;

/** The document as one page for people: no script, no other file, readable on a phone. */
export function referencePage(document: OpenApiDocument, servers: readonly Server[]): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const byTag = Map.groupBy(operations, ({ operation }) => operation.tags[0] ?? '');
  const schemas = Object.entries(document.components.schemas);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${document.info.title}</title>
<style>${new Html(REFERENCE_STYLE)}</style>
</head>
<body>
<h1>${document.info.title}</h1>
<p>Made from <a href="openapi.json">openapi.json</a>, an OpenAPI ${document.openapi} document.</p>
<dl>${servers.map(({ url, description }) => html`<dt><code>${url}</code></dt><dd>${description}</dd>`)}</dl>
<nav>${[...byTag.keys(), 'schemas'].map((tag) => html`<a href="#${tag}">${tag}</a> `)}</nav>
${prose(document.info.description)}
${[...byTag].map(
  ([tag, tagged]) => html`<h2 id="${tag}">${tag}</h2>
${tagged.map(({ path, method, operation }) => operationSection(document, { path, method, operation }))}`,
)}
<h2 id="schemas">schemas</h2>
${schemas.map(([name, schema]) => schemaSection(name, schema))}
</body>
</html>
`.text;
}

interface Place {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

function operationSection(document: OpenApiDocument, { path, method, operation }: Place): Html {
  const { operationId, summary, description, requestBody } = operation;
  const body = requestBody?.content['application/json'];
  const parameters = operation.parameters.map((parameter) => parameterOf(document, parameter));
  return html`<details id="${operationId}">
<summary><b>${method.toUpperCase()}</b> <code>${path}</code> ${summary}</summary>
<p>${whoMayCall(operation)}</p>
${description && prose(description)}
${parameters.length > 0 && html`<h3>Takes</h3><dl>${parameters.map(parameterItem)}</dl>`}
${body?.schema && html`<h3>Body</h3><p>${schemaLink(body.schema)}</p>`}
${requestBody?.description && html`<h3>Body</h3><p>${requestBody.description}</p>`}
${body?.example !== undefined && html`<p>For example <code>${JSON.stringify(body.example)}</code></p>`}
<h3>Answers</h3>
<dl>${Object.entries(operation.responses).map((entry) => responseItem(document, entry))}</dl>
</details>
`;
}

function whoMayCall({ security, 'x-roles': roles }: Operation): string {
  const [scheme] = security.flatMap((required) => Object.keys(required));
  if (scheme === undefined) return 'Open to anybody.';
  if (scheme === 'adminToken') return 'For the operator: Authorization: Bearer <admin token>.';
  return `For users of the account${roles ? ` with the role ${roles.join(', ')}` : ''}.`;
}

function parameterItem({ name, in: place, required, description, schema }: Parameter): Html {
  const where = `${place}${required ? ', required' : ''}`;
  return html`<dt><code>${name}</code> ${where}: ${schemaText(schema)}</dt><dd>${description}</dd>`;
}

function responseItem(document: OpenApiDocument, [status, response]: [string, Response | Reference]): Html {
  const { description, content } = responseOf(document, response);
  const body = content?.['application/json']?.schema;
  const shown = '$ref' in response || body === undefined ? '' : html` ${schemaLink(body)}`;
  return html`<dt><code>${status}</code>${shown}</dt><dd>${prose(description)}</dd>`;
}

function schemaSection(name: string, schema: JsonSchema): Html {
  return html`<details id="schema-${name}">
<summary><code>${name}</code> ${schema.properties ? '' : schemaText(schema)}</summary>
<dl>${fieldsOf(schema).map(
    ({ name: field, schema: type, required }) =>
      html`<dt><code>${field}</code>${required && ' required'}</dt><dd>${schemaText(type)}${
        type.description && `. ${type.description}`
      }</dd>`,
  )}</dl>
</details>
`;
}

function schemaLink(schema: JsonSchema): Html {
  const name = schemaText(schema);
  return schema.$ref ? html`<a href="#schema-${name}">${name}</a>` : html`${name}`;
}

/** The little of CommonMark that our own texts use: paragraphs, headings of the second level, and code. */
function prose(text: string): Html[] {
  return text.split('\n\n').map((paragraph) => {
    const pieces = paragraph
      .split('`')
      .map((piece, at) => (at % 2 === 1 ? html`<code>${piece}</code>` : piece));
    return paragraph.startsWith('## ') ? html`<h3>${paragraph.slice(3)}</h3>` : html`<p>${pieces}</p>`;
  });
}

function parameterOf(document: OpenApiDocument, parameter: Parameter | Reference): Parameter {
  const found = '$ref' in parameter ? document.components.parameters[lastOf(parameter)] : parameter;
  if (!found) throw new TypeError('The document refers to a parameter that it does not have.');
  return found;
}

function responseOf(document: OpenApiDocument, response: Response | Reference): Response {
  const found = '$ref' in response ? document.components.responses[lastOf(response)] : response;
  if (!found) throw new TypeError('The document refers to an answer that it does not have.');
  return found;
}

function lastOf({ $ref }: Reference): string {
  return $ref.split('/').at(-1) ?? '';
}
