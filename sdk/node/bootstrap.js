'use strict';

/** The library's modules by name: they follow, each as a function, so that none has to be a file. */
const modules = new Map();

/** Runs a module and keeps its exports. */
function define(name, body) {
  const module = { exports: {} };
  body(module, (request) => (request.startsWith('./') ? modules.get(request) : require(request)));
  modules.set(name, module.exports);
}
