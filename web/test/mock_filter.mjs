/**
 * Filters of the stand-in server: as much of CQL2 text as the page writes. It reads the text by its grammar, so that
 * a quote which the page forgets to double is a refusal here too.
 */

const bare = (text) => text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').replace(/đ/g, 'd').replace(/Đ/g, 'D').toLowerCase();

const TOKEN = /\s*(?:'((?:[^']|'')*)'|"((?:[^"]|"")*)"|([<>]=?|=|[(),])|(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)|([A-Za-z_]+))/y;

function tokens(text) {
  const found = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const match = TOKEN.exec(text);
    if (!match) throw new Error('a token is expected');
    const [, literal, property, sign, number, word] = match;
    if (literal !== undefined) found.push({ value: literal.replace(/''/g, "'") });
    else if (property !== undefined) found.push({ property: property.replace(/""/g, '"') });
    else if (number !== undefined) found.push({ value: Number(number) });
    else found.push({ word: sign ?? word.toUpperCase() });
  }
  return found;
}

/** A pattern of LIKE as a regular expression. */
function pattern(text) {
  const parts = [...text.matchAll(/\\(.)|(%)|(_)|(.)/gsu)].map(([, meant, any, one, plain]) =>
    any ? '.*' : one ? '.' : (meant ?? plain).replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('')}$`, 'su');
}

class Reader {
  constructor(text) {
    this.tokens = tokens(text);
    this.at = 0;
  }

  take(word) {
    const found = this.tokens[this.at]?.word === word;
    if (found) this.at += 1;
    return found;
  }

  must(word) {
    if (!this.take(word)) throw new Error(`${word} is expected`);
  }

  any() {
    const list = [this.all()];
    while (this.take('OR')) list.push(this.all());
    return (feature) => list.some((one) => one(feature));
  }

  all() {
    const list = [this.condition()];
    while (this.take('AND')) list.push(this.condition());
    return (feature) => list.every((one) => one(feature));
  }

  condition() {
    if (this.take('NOT')) {
      const inner = this.condition();
      return (feature) => !inner(feature);
    }
    if (this.take('(')) {
      const inner = this.any();
      this.must(')');
      return inner;
    }
    const left = this.value();
    if (this.take('IS')) {
      const not = this.take('NOT');
      this.must('NULL');
      return (feature) => (left(feature) ?? null) === null !== not;
    }
    const not = this.take('NOT');
    if (this.take('IN')) {
      const list = this.list();
      return (feature) => list.includes(left(feature)) !== not;
    }
    const operator = this.tokens[this.at++]?.word;
    const right = this.value();
    const holds = (a, b) => {
      if ((a ?? null) === null) return false;
      switch (operator) {
        case 'LIKE': return pattern(b).test(a);
        case '=': return a === b;
        case '>=': return a >= b;
        case '<=': return a <= b;
        case '>': return a > b;
        default: throw new Error('an operator is expected');
      }
    };
    return (feature) => holds(left(feature), right(feature));
  }

  list() {
    this.must('(');
    const list = [];
    do list.push(this.value()({ properties: {} }));
    while (this.take(','));
    this.must(')');
    return list;
  }

  value() {
    const token = this.tokens[this.at++];
    if (token?.property !== undefined) return ({ properties }) => properties[token.property];
    if (token?.value !== undefined) return () => token.value;
    if (token?.word === 'TRUE' || token?.word === 'FALSE') return () => token.word === 'TRUE';
    if (!['CASEI', 'ACCENTI', 'DATE'].includes(token?.word)) throw new Error('a value is expected');
    this.must('(');
    const inner = this.value();
    this.must(')');
    if (token.word === 'DATE') return inner;
    return (feature) => (inner(feature) === undefined ? undefined : bare(inner(feature)));
  }
}

function predicate(text) {
  const reader = new Reader(text);
  const holds = reader.any();
  if (reader.at < reader.tokens.length) throw new Error('the end is expected');
  return holds;
}

const parts = new Map();

/** The mock that answers for tiles: with a filter, one that holds only what it lets through. */
export function filteredLayer(mock, path, parameters, make) {
  const filter = parameters.get('filter');
  const layer = path.split('/')[2];
  if (!path.startsWith('/tiles/') || filter === null) return mock;
  const key = `${layer} ${filter}`;
  if (!parts.has(key)) {
    const features = mock.collections.get(layer).features.filter(predicate(filter));
    parts.set(key, make({ catalog: mock.catalog, collections: new Map([[layer, { type: 'FeatureCollection', features }]]) }));
  }
  return parts.get(key);
}

/** A page of features, and how many there are; null for other addresses. */
export function filteredItems(mock, path, parameters) {
  const [, first, layer, last, ...rest] = path.split('/');
  if (first !== 'collections' || last !== 'items' || rest.length > 0) return null;
  const json = (status, body) => ({ status, type: 'application/geo+json', body: JSON.stringify(body) });
  try {
    const all = mock.collections.get(layer).features.filter(predicate(parameters.get('filter') ?? 'TRUE = TRUE'));
    const features = all.slice(0, Number(parameters.get('limit') ?? 10));
    return json(200, { type: 'FeatureCollection', numberMatched: all.length, numberReturned: features.length, features });
  } catch (error) {
    return json(400, { status: 400, title: 'Bad Request', detail: `filter: ${error.message}` });
  }
}
