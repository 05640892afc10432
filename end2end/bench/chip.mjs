/**
 * From a click on a chip's x to the new rows painted, hydrated, on loopback.
 *
 *     BASE=http://127.0.0.1:3000 node bench/chip.mjs
 */
import { chromium } from "@playwright/test";

const base = process.env.BASE ?? "http://127.0.0.1:3000";
const rounds = 40;

async function open(page) {
  await page.goto(`${base}/admin/requests`);
  await page.waitForFunction(() => document.documentElement.dataset.ready !== undefined);
}

/** Clicks the x of the first chip; milliseconds until the frame with other rows was painted, and where they went. */
async function click(page) {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        const rows = () => document.querySelector("table.queue tbody")?.textContent;
        const before = rows();
        const watch = new MutationObserver(() => {
          if (rows() === before) {
            return;
          }
          watch.disconnect();
          const changed = performance.now();
          requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = () => {
              const call = performance.getEntriesByType("resource").find((entry) => entry.startTime >= begin && entry.name.includes("/fn/"));
              const painted = performance.now();
              resolve({
                all: painted - begin,
                toCall: call.startTime - begin,
                call: call.responseEnd - call.startTime,
                toChange: changed - call.responseEnd,
                toPaint: painted - changed,
              });
            };
            channel.port2.postMessage(null);
          });
        });
        watch.observe(document.body, { childList: true, subtree: true, characterData: true });
        const begin = performance.now();
        document.querySelector(".chip:last-of-type a")?.click();
      }),
  );
}

const executablePath = process.env.DOORWARD_CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--no-first-run"] });
const page = await browser.newPage();
await page.goto(`${base}/login`);
await page.getByLabel("Email").fill("admin@demo.test");
await page.getByLabel("Password", { exact: true }).fill("doorward-demo");
await page.getByRole("button", { name: "Log in" }).click();
await page.waitForURL("**/admin/requests");
const times = [];
const rows = [];
for (let round = 0; round < rounds; round += 1) {
  await open(page);
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  if (paint !== undefined) {
    rows.push(paint);
  }
  times.push(await click(page));
}
await browser.close();
const part = (name) => times.map((time) => time[name]);
for (const [name, all] of [
  ["click on a chip's x to new rows painted", part("all")],
  ["  of it, until the server is asked", part("toCall")],
  ["  of it, the call", part("call")],
  ["  of it, until the rows are in the document", part("toChange")],
  ["  of it, layout and paint", part("toPaint")],
  ["page asked for to first paint, rows in it", rows],
]) {
  all.sort((a, b) => a - b);
  const at = (share) => (all[Math.min(all.length - 1, Math.floor((all.length * share) / 100))] ?? NaN).toFixed(1);
  console.log(`${name.padEnd(58)} p50 ${at(50).padStart(8)}  p99 ${at(99).padStart(8)} ms`);
}
