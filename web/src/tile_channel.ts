/**
 * In MapLibre's worker: hands on what the headers of tiles say, which MapLibre itself does not. The page names the
 * channel behind `#` of the worker's address, so that other tabs do not listen.
 */
import type { TileAnswer } from './tile_remarks';

const channel = new BroadcastChannel(self.location.hash);
const ask = self.fetch.bind(self);

self.fetch = async (input, init) => {
  const answer = await ask(input, init);
  if (answer.ok && /\/tiles\/[^/]+\/\d+\//.test(answer.url)) {
    const { url, headers } = answer;
    // A tile that comes whole is told of, too: another worker may have said that it was cut.
    const said: TileAnswer = { url, dropped: headers.get('diaban-dropped'), asOf: headers.get('diaban-data-as-of') };
    channel.postMessage(said);
  }
  return answer;
};
