'use strict';

const { Canceled } = require('./errors');

/** One call of the host while it runs: what waits on its behalf, and its streams. */
class Context {
  constructor(id) {
    this.id = id;
    this.done = false;
    this.canceled = false;
    this.waits = null; // the reject functions of what waits
    this.input = null;
    this.output = null;
  }

  /** Throws when the call is canceled. */
  check() {
    if (this.canceled) throw new Canceled();
  }

  /**
   * Returns a promise as new Promise(start) does, which also fails when the call is
   * canceled. Nobody has to await it.
   */
  wait(start) {
    if (this.canceled) return quiet(Promise.reject(new Canceled()));
    if (this.waits === null) this.waits = new Set();
    let fail;
    const promise = new Promise((resolve, reject) => {
      fail = reject;
      this.waits.add(fail);
      start(resolve, reject);
    });
    const over = () => this.waits.delete(fail);
    promise.then(over, over);
    return promise;
  }

  /** Ends all that waits on behalf of the call. */
  cancel() {
    this.canceled = true;
    if (this.waits !== null) for (const fail of [...this.waits]) fail(new Canceled());
  }
}

/** Marks a promise as one whose failure need not be looked at, and returns it. */
function quiet(promise) {
  promise.catch(() => {});
  return promise;
}

module.exports = { Context, quiet };
