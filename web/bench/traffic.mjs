/** What a page asks for, and how many bytes come for it: as they are sent, compressed, heads of the answers counted. */

const isCode = (path) => path === '/' || path.startsWith('/assets/');
const isTile = (path) => /^\/tiles\/[^/]+\/\d+\/\d+\/\d+$/.test(path);

export class Traffic {
  answers = [];
  hosts = new Set();
  #sizes = [];

  constructor(page) {
    page.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (/^https?:$/.test(protocol)) this.hosts.add(host);
    });
    page.on('requestfinished', (request) => {
      const { pathname, protocol } = new URL(request.url());
      if (!/^https?:$/.test(protocol)) return;
      const size = async () => {
        const { responseBodySize, responseHeadersSize } = await request.sizes();
        this.answers.push({ path: pathname, url: request.url(), body: responseBodySize, bytes: responseBodySize + responseHeadersSize });
      };
      // A page that is closed meanwhile can no longer tell.
      this.#sizes.push(size().catch(() => {}));
    });
  }

  async #of(which) {
    await Promise.all(this.#sizes);
    return this.answers.filter(({ path }) => which(path));
  }

  code = () => this.#of(isCode);
  tiles = () => this.#of(isTile);
}
