'use strict';

const fs = require('fs');
const path = require('path');
const { describe } = require('./errors');
const { library } = require('./library');
const plugin = require('./plugin');
const { HELLO, descriptor } = require('./wire');
const { Worker } = require('./worker');

const CONCURRENCY = 16;

/** Loads the plugin, says hello, serves until bye. Arguments: MODULE FILE. */
async function main() {
  const fd = descriptor(process.env.FONDACO_SOCKET || '');
  delete process.env.FONDACO_SOCKET;
  closeScript();
  const [, , module, file] = process.argv;
  process.argv.splice(1, 2);
  const worker = new Worker(fd, module);
  const fondaco = library(worker);
  watch(worker);
  let stop;
  const first = process.env.FONDACO_INIT;
  delete process.env.FONDACO_INIT;
  try {
    fondaco.config = JSON.parse(process.env.FONDACO_CONFIG || '{}');
    const found = plugin.split(plugin.load(file, fondaco));
    stop = found.stop;
    worker.functions = found.functions;
    if (first && found.init) await found.init();
    if (found.start) await found.start();
  } catch (error) {
    report(error, file);
    process.exit(1);
  }
  worker.leave = () => leave(stop);
  greet(worker);
}

/** Sends hello and begins to read. */
function greet(worker) {
  const functions = [...worker.functions.values()];
  worker.wire.open();
  worker.wire.send(0, [HELLO, {
    version: 1,
    functions: functions.map((f) => f.name),
    guards: functions.filter((f) => f.guard).map((f) => f.name),
    concurrency: CONCURRENCY,
    language: `node ${process.versions.node}`,
  }]);
  worker.wire.flush();
  worker.greeted = true;
}

/** Runs the plugin's stop and ends the process. */
async function leave(stop) {
  try {
    if (stop) await stop();
  } catch (error) {
    report(error, 'stop');
    process.exit(1);
  }
  process.exit(0);
}

/** Takes what must not end a worker: interrupts, which are meant for the host, and process.exit inside a call. */
function watch(worker) {
  const exit = process.exit;
  process.on('SIGINT', () => {});
  process.on('unhandledRejection', (error) => console.error('a promise failed that nobody awaits:', error));
  process.exit = function exitOutsideCalls(status) {
    const context = worker.calls.getStore();
    if (context === undefined || context.done) exit.call(process, status);
    throw new SystemExit(status);
  };
}

/** A plugin called process.exit while it worked on a call. */
class SystemExit extends Error {
  constructor(status) {
    super(`the plugin asked to exit with status ${status || 0}`);
  }
}

/** Closes the descriptor that this script came from, if it was one. */
function closeScript() {
  const { dir, base } = path.parse(process.argv[1]);
  if (dir === '/proc/self/fd') fs.closeSync(Number(base));
}

/** Prints why the plugin cannot be loaded or stopped, with the place in it. */
function report(error, file) {
  const [name, text, lines] = describe(error);
  const place = /^(.*):(\d+)$/m.exec(String(error && error.stack).split('\n')[0]);
  const where = place ? place[0] : (lines[0] || file).replace(/:in .*/, '');
  for (const line of lines.slice(1).reverse()) console.error(`  from ${line}`);
  console.error(`${where}: ${name}: ${text}`);
}

main();
