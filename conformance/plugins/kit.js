'use strict';

// The conformance plugin: what conformance/workertest calls in every language.

const fondaco = require('fondaco');

const events = [];

function start() {
  events.push('start');
}

function stop() {
  console.log('kit stopped');
}

function started() {
  return events.includes('start');
}

function echo(x) {
  return x;
}

function add(a, b) {
  return a + b;
}

function fail(message) {
  throw new Error(message);
}

function fib(n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

function fib_pred(n) {
  return n < 20;
}

function _private() {
  return 'nobody may call this';
}

function noisy() {
  console.log('hello from stdout');
  console.error('hello from stderr');
  return 1;
}

function config(key) {
  return fondaco.config[key];
}

async function relay(module, name, arg) {
  return await fondaco.call(module, name, arg);
}

function tell(module, name, arg) {
  fondaco.cast(module, name, arg);
}

function note(text) {
  fondaco.log('info', text);
}

async function nap(seconds) {
  await fondaco.sleep(seconds);
  return 'ok';
}

async function total() {
  let sum = 0;
  for await (const chunk of fondaco.input()) sum += chunk.length;
  return sum;
}

async function count(n) {
  for (let i = 0; i < n; i++) await fondaco.output(Buffer.from(`chunk ${i}`));
  return n;
}

function* each(n) {
  for (let i = 0; i < n; i++) yield Buffer.from(`chunk ${i}`);
}

function bad() {
  return bad;
}

const pid = () => process.pid;

function die_hard() {
  process.reallyExit(7);
}

function leave() {
  process.exit(0);
}

const KINDS = [[Buffer, 'bytes'], [fondaco.Tuple, 'tuple'], [Array, 'list'], [fondaco.Symbol, 'symbol'], [Date, 'time'],
  [fondaco.Regex, 'regex'], [Object, 'map']];

function types(x) {
  if (x === null) return 'nil';
  switch (typeof x) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return Number.isInteger(x) ? 'int' : 'float';
    case 'string':
      return 'text';
    default:
      return KINDS.find(([kind]) => x instanceof kind)[1];
  }
}

function make(kind) {
  return {
    nil: null,
    bool: true,
    int: 42,
    big: 2n ** 80n,
    float: 1.5,
    text: 'text',
    bytes: Buffer.from([0xff, 0]),
    symbol: new fondaco.Symbol('ok'),
    list: [1, [2]],
    tuple: fondaco.Tuple.of(1, 'a'),
    map: { a: 1 },
    time: new Date('2001-09-09T01:46:40Z'),
    regex: new fondaco.Regex('a+b', { caseless: true }),
  }[kind];
}
