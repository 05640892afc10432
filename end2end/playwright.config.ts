import { defineConfig } from "@playwright/test";

const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

// Two browsers' worth: with WebAssembly, and without any script at all. Each worker has a server and a database of its own.
export default defineConfig({
  testDir: "specs",
  timeout: 60_000,
  expect: { timeout: 10_000 },
  workers: 2,
  // What passes only the second time, on a machine that is busy, is listed as flaky; it is a defect all the same.
  retries: 1,
  forbidOnly: !!process.env.CI,
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    launchOptions: { executablePath: process.env.DOORWARD_CHROMIUM ?? "/usr/bin/chromium", args: flags },
    trace: "retain-on-failure",
    viewport: { width: 1360, height: 860 },
  },
  projects: [
    { name: "wasm-on", use: { javaScriptEnabled: true } },
    { name: "wasm-off", use: { javaScriptEnabled: false }, grepInvert: /@wasm/ },
  ],
});
