// The page's module loader, as far as an injected library can see it: `__d` defines, `require` and
// `importNamespace` load, and `require('__debug').modulesMap` lists. wa-js finds its modules by name or by walking
// that list, and waits until the list has been quiet for 750 ms. What the simulator was told to leave out of the next
// loads (the command `boot`) is hidden here from whoever looks from outside; the page itself still uses it.
"use strict";
(() => {
  /** @type {Record<string, { factory: Factory, exports: object, isLoaded: boolean }>} */
  const definitions = Object.create(null);
  /** @type {Record<string, { id: string, factory: Factory, dependencies: string[] }>} */
  const modulesMap = Object.create(null);

  const meta = /** @type {HTMLMetaElement} */ (document.querySelector('meta[name="boot"]'));
  /** @type {Boot} */
  const boot = JSON.parse(meta.content);
  const hidden = new Set(boot.without);

  /** @type {Window["__d"]} */
  function define(id, dependencies, factory) {
    if (definitions[id] || boot.never_ready) return;
    definitions[id] = { factory, exports: {}, isLoaded: false };
    if (!hidden.has(id)) modulesMap[id] = { id, factory, dependencies };
  }

  /**
   * @param {string} id
   * @returns {unknown}
   */
  function load(id) {
    if (id === "__debug") return { modulesMap };
    const definition = definitions[id];
    if (!definition) throw new Error(`Requiring unknown module "${id}"`);
    if (!definition.isLoaded) {
      definition.isLoaded = true; // first, so that modules which need each other see what is there so far
      const module = { exports: definition.exports };
      definition.factory(load, module, module.exports);
      definition.exports = module.exports;
    }
    return definition.exports;
  }

  window.ErrorGuard = { skipGuardGlobal() {} };
  /** @param {string} id */
  function loadFromOutside(id) {
    if (hidden.has(id)) throw new Error(`Requiring unknown module "${id}"`);
    return load(id);
  }
  // What the modules here are, is declared by their names.
  const loadOwn = /** @type {Load} */ (load);

  window.importNamespace = loadFromOutside;
  window.__d = define;
  window.require = loadFromOutside;
  // Not WhatsApp's: the page's own way in, which boot.js takes away; null for a page that never comes up.
  window.__simLoad = boot.never_ready ? null : loadOwn;
  // Not WhatsApp's: how the modules here are written.
  window.__provide = (id, make) => define(id, [], (_, __, exports) => Object.assign(exports, make(loadOwn)));
})();
