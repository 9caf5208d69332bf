import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { pino } from 'pino';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { Registry } from 'prom-client';
import { type CloudService, startCloud } from '../../runtime/cloud/cloud-service.ts';
import { consoleFolder } from '../../runtime/cloud/rest/console-files.ts';
import { SqliteStorage } from '../../runtime/cloud/storage/sqlite-storage.ts';
import type { EndpointState } from '../../runtime/cloud/storage/storage.ts';
import { batch, endpoint, token } from '../runtime/cloud/samples.ts';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** Runs in the page, so it is plain JavaScript. */
const weakContrasts = readFileSync(join(import.meta.dirname, 'console-contrast.page.js'), 'utf8');
const hostile = '/<script>alert(1)</script>/<img src=x onerror=alert(1)>';

const sample = [
  endpoint(),
  endpoint({ method: 'POST', template: '/api/v1/users', requests: 30 }),
  endpoint({ method: 'GET', template: '/api/v1/users', requests: 400, parameters: [] }),
  endpoint({ host: 'shop.example.test', method: 'DELETE', template: '/cart/{cart_id}', requests: 5 }),
  endpoint({ host: 'shop.example.test', template: hostile, requests: 1, parameters: [] }),
];

describe('console in Chromium', function () {
  this.timeout(60_000);
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let folder: string;
  let cloud: CloudService;
  let storage: SqliteStorage;
  let origin: string;
  let faults: string[];

  before(async () => {
    if (!existsSync(join(consoleFolder, 'index.html'))) {
      throw new Error(`No console in ${consoleFolder}: run npm run build:console`);
    }
    const quiet = ['background-networking', 'component-update', 'sync', 'gpu', 'quic'];
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--no-first-run', ...quiet.map(name => `--disable-${name}`)],
    });
  });

  after(() => browser.close());

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'console-'));
    const listen = { host: '127.0.0.1', port: 0 };
    cloud = await startCloud({
      config: { ingest: { listen }, console: { listen }, dataDir: folder },
      log: pino({ level: 'silent' }),
      metrics: new Registry(),
      health: { setReady: () => {} },
      token,
    });
    // A second connection to the same file: as good as an upload, without its transport.
    storage = new SqliteStorage(join(folder, 'cloud.sqlite'));
    origin = `http://127.0.0.1:${cloud.consoleAddress.port}`;
    context = await browser.newContext({ baseURL: origin });
    page = await context.newPage();
    faults = [];
    page.on('pageerror', error => faults.push(error.message));
    page.on('console', message => {
      const expected = /the server responded with a status of (401|404|500)/;
      if (message.type() === 'error' && !expected.test(message.text())) faults.push(message.text());
    });
    page.on('dialog', dialog => {
      faults.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  });

  afterEach(async () => {
    await context.close();
    await storage.close();
    await cloud.stop();
    rmSync(folder, { recursive: true });
    expect(faults).to.deep.equal([]);
  });

  const store = (...endpoints: EndpointState[]) => storage.ingest(batch(endpoints));
  const open = async (address = '/') => {
    await page.goto(`${address}#token=${token}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
  };
  const templates = () => page.locator('.row-link').allInnerTexts();
  /** Waits until the list shows exactly these templates, in this order. */
  const shows = async (...expected: string[]) => {
    const wanted = JSON.stringify(expected);
    const deadlineMs = performance.now() + 10_000;
    let shown = await templates();
    while (JSON.stringify(shown) !== wanted && performance.now() < deadlineMs) {
      await setTimeout(25);
      shown = await templates();
    }
    expect(shown).to.deep.equal(expected);
  };

  it('asks for the token, says when it is wrong, and opens the list with the right one', async () => {
    await store(...sample);
    await page.goto('/');
    await page.getByLabel('Token').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('The token is not the one of this installation.').waitFor();
    await page.getByLabel('Token').fill(token);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Endpoints' }).waitFor();
    expect(await templates()).to.have.length(5);
    await page.reload();
    await page.getByRole('heading', { name: 'Endpoints' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    expect(await page.evaluate('sessionStorage.length')).to.equal(0);
  });

  it('takes the token from the fragment and removes it from the address', async () => {
    await store(...sample);
    await open('/?host=shop.example.test');
    expect(page.url()).to.equal(`${origin}/?host=shop.example.test`);
    expect(await page.evaluate('history.length')).to.be.at.most(2);
    await shows(hostile, '/cart/{cart_id}');
  });

  it('returns to sign-in when a wrong token comes with the address', async () => {
    await page.goto('/#token=wrong');
    await page.getByRole('alert').getByText('The token is not the one').waitFor();
  });

  it('groups endpoints by host with all columns', async () => {
    await store(...sample);
    await open();
    expect(await page.locator('.host-name').allInnerTexts()).to.deep.equal([
      'api.example.test',
      'shop.example.test',
    ]);
    expect(await page.getByText('3 endpoints · 442 requests').count()).to.equal(1);
    const headers = (await page.getByRole('columnheader').allInnerTexts()).map(text => text.trim());
    expect(headers.map(text => text.replace(/\s*[↑↓]/, ''))).to.deep.equal([
      'Method',
      'Endpoint',
      'Requests',
      'Parameters',
      'Statuses',
      'First seen',
      'Last seen',
    ]);
    const row = page.getByRole('row').filter({ hasText: '/api/v1/users/{user_id}' });
    const text = await row.textContent();
    expect(text).to.contain('GET').and.to.contain('12').and.to.contain('1 path · 1 query');
    expect(text).to.contain('200').and.to.contain('404');
  });

  it('filters by search, host and method, keeps it in the address, and clears it', async () => {
    await store(...sample);
    await open();
    await page.keyboard.press('/');
    await page.keyboard.type('USERS verbose');
    await shows('/api/v1/users', '/api/v1/users/{user_id}');
    await page.getByRole('button', { name: 'POST', exact: true }).click();
    await shows('/api/v1/users');
    expect(new URL(page.url()).search).to.equal('?q=USERS+verbose&method=POST');
    await page.reload();
    await shows('/api/v1/users');
    expect(await page.getByRole('searchbox').inputValue()).to.equal('USERS verbose');
    await page.getByRole('combobox', { name: 'Host' }).selectOption('shop.example.test');
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await page.getByText('5 endpoints on 2 hosts').waitFor();
    expect(await page.getByRole('searchbox').inputValue()).to.equal('');
    await page.goBack();
    await page.getByText('Nothing matches').waitFor();
  });

  it('sorts by a column, and the other way at the second click', async () => {
    await store(...sample);
    await open('/?host=api.example.test');
    const header = page.getByRole('columnheader', { name: 'Requests' });
    await header.getByRole('button').click();
    const [one, many, single] = ['/api/v1/users', '/api/v1/users', '/api/v1/users/{user_id}'];
    await shows(one, many, single);
    expect(await header.getAttribute('aria-sort')).to.equal('descending');
    await header.getByRole('button').click();
    await shows(single, many, one);
    expect(await header.getAttribute('aria-sort')).to.equal('ascending');
  });

  it('pages through more endpoints than fit on one', async () => {
    const many = Array.from({ length: 60 }, (_, index) => endpoint({ template: `/t${100 + index}` }));
    await store(...many);
    await open('/?size=25');
    await page.getByText('1–25 of 60').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('26–50 of 60').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await shows(...many.slice(50).map(({ template }) => template));
    expect(await page.getByRole('button', { name: 'Next' }).isDisabled()).to.equal(true);
  });

  it('shows an endpoint at an address of its own that can be reloaded', async () => {
    await store(...sample);
    await open();
    await page.getByRole('link', { name: '/api/v1/users/{user_id}' }).click();
    const heading = page.getByRole('heading', { name: 'GET /api/v1/users/{user_id}' });
    await heading.waitFor();
    expect(new URL(page.url()).pathname).to.match(/^\/endpoints\/[\w-]{20}$/);
    await page.reload();
    await heading.waitFor();
    const cells = (table: string) =>
      page.getByRole('table', { name: table }).getByRole('row').nth(1).getByRole('cell').allInnerTexts();
    expect(await cells('Path')).to.deep.equal(['user_id', 'integer', 'required', '100 %']);
    expect(await cells('Query')).to.deep.equal(['verbose', 'boolean', 'optional', '25 %']);
    await page.goBack();
    await page.getByRole('heading', { name: 'Endpoints' }).waitFor();
    await page.goto('/endpoints/gone');
    await page.getByText('No such endpoint').waitFor();
  });

  it('explains how to select pods while there is nothing, then shows what arrives without a reload', async () => {
    await open();
    await page.getByRole('heading', { name: 'No endpoints yet' }).waitFor();
    await page.getByText('wallarm-mirror=enabled').waitFor();
    await page.getByText('mirror.wallarm.com/enabled: "true"').waitFor();
    await page.evaluate('window.sameDocument = true');
    await store(endpoint({ revision: 1, requests: 7 }));
    await shows('/api/v1/users/{user_id}');
    const requests = page.locator('td.col-requests');
    expect(await requests.textContent()).to.equal('7');
    await store(endpoint({ revision: 2, requests: 1234 }));
    await page.getByText('1,234', { exact: true }).waitFor();
    expect(await page.evaluate('window.sameDocument')).to.equal(true);
  });

  it('stands still while paused', async () => {
    await page.clock.install();
    await store(endpoint({ revision: 1, requests: 7 }));
    await open();
    await page.getByRole('button', { name: 'Live' }).click();
    await store(endpoint({ revision: 2, requests: 8 }));
    let asked = 0;
    page.on('request', request => {
      if (request.url().includes('/api/v1/endpoints')) asked += 1;
    });
    await page.clock.runFor(10_000);
    expect(asked).to.equal(0);
    await page.getByRole('button', { name: 'Paused' }).click();
    await page.clock.runFor(2000);
    await page.getByText('8', { exact: true }).waitFor();
  });

  it('shows hostile names as text', async () => {
    await store(...sample);
    await open('/?host=shop.example.test');
    expect(await page.getByRole('link', { name: hostile }).count()).to.equal(1);
    await page.getByRole('link', { name: hostile }).click();
    await page.getByRole('heading', { name: hostile }).waitFor();
    expect(await page.locator('main img, main script').count()).to.equal(0);
  });

  it('keeps showing what it knows when the service is gone, says so, and recovers', async () => {
    await store(...sample);
    await open();
    await page.route('**/api/v1/**', route => route.fulfill({ status: 500, body: '{"detail":"disk full"}' }));
    await page.getByRole('alert').getByText('disk full').waitFor();
    expect(await templates()).to.have.length(5);
    await page.unroute('**/api/v1/**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  it('can be used by keyboard alone', async () => {
    await store(...sample);
    await open();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).to.equal('Skip to content');
    await page.getByRole('link', { name: '/cart/{cart_id}' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'DELETE /cart/{cart_id}' }).waitFor();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`has text that stands out from its background (WCAG AA) in ${colorScheme} colours`, async () => {
      await store(...sample);
      await page.emulateMedia({ colorScheme });
      await open();
      expect(await page.evaluate(weakContrasts)).to.deep.equal([]);
      await page.getByRole('link', { name: '/api/v1/users/{user_id}' }).click();
      await page.getByRole('heading', { name: 'Responses' }).waitFor();
      expect(await page.evaluate(weakContrasts)).to.deep.equal([]);
    });
  }

  it('asks no other server for anything', async () => {
    await store(...sample);
    const hosts = new Set<string>();
    page.on('request', request => hosts.add(new URL(request.url()).protocol + new URL(request.url()).host));
    await open();
    expect([...hosts].filter(host => !host.startsWith('data:'))).to.deep.equal([
      `http:127.0.0.1:${cloud.consoleAddress.port}`,
    ]);
  });
});
