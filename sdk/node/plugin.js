'use strict';

const fs = require('fs');
const Module = require('module');
const path = require('path');
const vm = require('vm');

const HOOKS = ['init', 'handle_open', 'handle_msg', 'handle_broken', 'authenticate', 'handle_request', 'on_request',
  'on_response', 'on_data'];

/** The lines that may define a function at the top of a file: function f, async function f, const f = ... */
const DEFINITION = /^(?:async\s+)?function\b\s*\*?\s*([\w$]+)|^(?:const|let|var)\s+([\w$]+)\s*=\s*(?:async\b\s*)?(?:function\b|\(|[\w$]+\s*=>)/gm;

/**
 * Runs a plugin's file and returns its functions by name: the exports, else the
 * functions that lines of the file begin to define.
 *
 * @param {string} file
 * @param {object} fondaco what require('fondaco') returns
 */
function load(file, fondaco) {
  const original = Module._load;
  Module._load = function loadModule(request, ...rest) {
    return request === 'fondaco' ? fondaco : original.call(this, request, ...rest);
  };
  const source = text(file).replace(/^#!.*/, '');
  new vm.Script(Module.wrap(source), { filename: file }); // a syntax error must not be one of the footer's
  const plugin = new Module(path.resolve(file), null);
  const empty = plugin.exports;
  plugin.filename = file;
  plugin.paths = Module._nodeModulePaths(path.dirname(path.resolve(file)));
  plugin._compile(source + footer(source), file);
  const exported = plugin.exports === empty && Object.keys(empty).length === 0 ? plugin.fondaco : plugin.exports;
  plugin.loaded = true;
  return new Map(Object.entries(exported || {}).filter(([, value]) => isFunction(value)));
}

/** Returns code that keeps a file's top functions in module.fondaco. */
function footer(source) {
  const names = new Set([...source.matchAll(DEFINITION)].map((m) => m[1] || m[2]));
  const entries = [...names].map((name) => `${name}: typeof ${name} === 'undefined' ? null : ${name}`);
  return `\n;module.fondaco = {${entries.join(', ')}};`;
}

/** Reports whether a value is a function and not a class. */
function isFunction(value) {
  return typeof value === 'function' && !/^class\b/.test(Function.prototype.toString.call(value));
}

/** Returns the text to run: of the descriptor in FONDACO_CODE, else of the file. */
function text(file) {
  const code = process.env.FONDACO_CODE;
  delete process.env.FONDACO_CODE;
  if (!code) return fs.readFileSync(file, 'utf8');
  const fd = Number(code.replace('fd:', ''));
  const parts = [];
  let size = 0;
  for (;;) {
    const part = Buffer.allocUnsafe(1 << 16);
    const n = fs.readSync(fd, part, 0, part.length, size);
    if (n === 0) break;
    parts.push(part.subarray(0, n));
    size += n;
  }
  fs.closeSync(fd);
  return Buffer.concat(parts, size).toString('utf8');
}

/**
 * Splits a plugin's functions.
 *
 * @returns {{functions: Map, init: ?Function, start: ?Function, stop: ?Function}} functions maps a name
 * to {name, run, guard, quick}
 */
function split(found) {
  const hooks = { init: found.get('init') };
  for (const name of ['start', 'stop']) {
    if (found.has(name) && found.get(name).length === 0) {
      hooks[name] = found.get(name);
      found.delete(name);
    }
  }
  const functions = new Map();
  for (const [name, run] of found) {
    const guarded = name.endsWith('_pred') && found.has(name.slice(0, -'_pred'.length));
    if (name.startsWith('_') || HOOKS.includes(name) || guarded) continue;
    functions.set(name, { name, run, guard: found.get(`${name}_pred`), quick: false });
  }
  return { functions, ...hooks };
}

module.exports = { load, split };
