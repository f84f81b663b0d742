// The page's module loader, as far as an injected library can see it: `__d` defines, `require` and
// `importNamespace` load, and `require('__debug').modulesMap` lists. wa-js finds its modules by name or by walking
// that list, and waits until the list has been quiet for 750 ms.
'use strict';
(() => {
  const definitions = Object.create(null); // id -> {factory, exports, isLoaded}
  const modulesMap = Object.create(null);

  function define(id, dependencies, factory) {
    if (definitions[id]) return;
    definitions[id] = { factory, exports: {}, isLoaded: false };
    modulesMap[id] = { id, factory, dependencies };
  }

  function load(id) {
    if (id === '__debug') return { modulesMap };
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
  window.importNamespace = load;
  window.__d = define;
  window.require = load;
  // Not WhatsApp's: for modules here that are a plain set of functions.
  window.__provide = (id, make) =>
    define(id, [], (require, module, exports) => Object.assign(exports, make(require)));
})();
