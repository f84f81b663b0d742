// The page's module loader, as far as an injected library can see it: `__d` defines, `require` and
// `importNamespace` load, and `require('__debug').modulesMap` lists. wa-js finds its modules by name or by walking
// that list, and waits until the list has been quiet for 750 ms. What the simulator was told to leave out of the next
// loads (the command `boot`) is hidden here from whoever looks from outside; the page itself still uses it.
"use strict";
(() => {
  const definitions = Object.create(null); // id -> {factory, exports, isLoaded}
  const modulesMap = Object.create(null);

  const boot = JSON.parse(document.querySelector('meta[name="boot"]').content);
  const hidden = new Set(boot.without);

  function define(id, dependencies, factory) {
    if (definitions[id] || boot.never_ready) return;
    definitions[id] = { factory, exports: {}, isLoaded: false };
    if (!hidden.has(id)) modulesMap[id] = { id, factory, dependencies };
  }

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
  function loadFromOutside(id) {
    if (hidden.has(id)) throw new Error(`Requiring unknown module "${id}"`);
    return load(id);
  }

  window.importNamespace = loadFromOutside;
  window.__d = define;
  window.require = loadFromOutside;
  // Not WhatsApp's: the page's own way in, which boot.js takes away; null for a page that never comes up.
  window.__simRequire = boot.never_ready ? null : load;
  // Not WhatsApp's: for modules here that are a plain set of functions.
  window.__provide = (id, make) => define(id, [], (require, module, exports) => Object.assign(exports, make(require)));
})();
