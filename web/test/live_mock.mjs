/**
 * The stream of changes of the stand-in server. A test says what changes: POST /live with `layer`, `features` that take
 * the place of those of the layer, and `change`, the event's data; or `{ "end": true }`, and the streams break off.
 */

const streams = new Set();

function open(request, response) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const anew = request.headers['last-event-id'] !== undefined;
  response.write(`event: open\nid: ${Date.now()}\ndata: ${JSON.stringify({ anew })}\n\n`);
  streams.add(response);
  response.on('close', () => streams.delete(response));
}

async function change(request, response, mock) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const { layer, features, change: data, end } = JSON.parse(Buffer.concat(pieces).toString());
  if (features) {
    mock.collections.set(layer, { type: 'FeatureCollection', features });
    mock.indexes.delete(layer);
  }
  for (const stream of streams) {
    if (end) stream.end();
    else stream.write(`event: change\nid: ${Date.now()}\ndata: ${JSON.stringify({ layer, ...data })}\n\n`);
  }
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ streams: streams.size }));
}

/** Answers where it is asked for; says whether it does. */
export function answerLive(request, response, mock) {
  if (new URL(request.url, 'http://localhost').pathname !== '/live') return false;
  if (request.method === 'POST') void change(request, response, mock);
  else open(request, response);
  return true;
}
