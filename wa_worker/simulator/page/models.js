// Event emitter, observable model and collection: what wa-js listens to and patches. Behaviour follows what the
// library relies on: `change:<field>` with (model, value, previous), events of a model bubbling to its collections,
// `add` after a model is in.
"use strict";

__d("WAWebEventEmitter", [], (require, module, exports) => {
  class EventEmitter {
    #handlers = new Map();

    on(name, fn, context) {
      if (!this.#handlers.has(name)) this.#handlers.set(name, []);
      this.#handlers.get(name).push({ fn, context });
      return this;
    }

    once(name, fn, context) {
      const wrapped = (...args) => {
        this.off(name, wrapped);
        fn.apply(context, args);
      };
      wrapped.original = fn;
      return this.on(name, wrapped, context);
    }

    off(name, fn) {
      const list = this.#handlers.get(name);
      if (!name) this.#handlers.clear();
      else if (!fn) this.#handlers.delete(name);
      else if (list)
        this.#handlers.set(
          name,
          list.filter((h) => h.fn !== fn && h.fn.original !== fn),
        );
      return this;
    }

    trigger(name, ...args) {
      for (const { fn, context } of [...(this.#handlers.get(name) || [])]) {
        try {
          fn.apply(context, args);
        } catch (error) {
          console.error("[simulator] a listener of", name, error);
        }
      }
      if (name !== "all") for (const { fn } of [...(this.#handlers.get("all") || [])]) fn(name, ...args);
      return this;
    }

    emit(...args) {
      return this.trigger(...args);
    }

    listenTo(other, name, fn) {
      other.on(name, fn, this);
      return this;
    }
  }
  exports.default = EventEmitter;
});

__d("WAWebBaseModel", [], (require, module, exports) => {
  const EventEmitter = require("WAWebEventEmitter").default;

  const accessor = (name) => ({
    enumerable: true,
    configurable: true,
    get() {
      return this.attributes[name];
    },
    set(value) {
      this.set({ [name]: value });
    },
  });

  class BaseModel extends EventEmitter {
    static fields = [];
    static defaults = () => ({});

    constructor(attributes = {}) {
      super();
      const Model = this.constructor;
      Object.defineProperty(this, "attributes", { value: {} });
      // Once a class, not once a model: messages are many.
      if (!Object.hasOwn(Model, "isPrepared")) {
        for (const name of Model.fields)
          if (!(name in Model.prototype)) Object.defineProperty(Model.prototype, name, accessor(name));
        Model.isPrepared = true;
      }
      for (const [name, value] of Object.entries({ ...Model.defaults(), ...attributes })) {
        this.#declare(name);
        this.attributes[name] = value;
      }
      this.initialize?.();
    }

    // A field that the class doesn't list. Accessors that the class or wa-js put on the prototype win.
    #declare(name) {
      if (!(name in this)) Object.defineProperty(this, name, accessor(name));
    }

    get(name) {
      return this.attributes[name];
    }

    set(name, value) {
      const patch = typeof name === "object" ? name : { [name]: value };
      const changes = [];
      for (const [field, next] of Object.entries(patch)) {
        this.#declare(field);
        const previous = this.attributes[field];
        if (previous === next) continue;
        this.attributes[field] = next;
        changes.push([field, next, previous]);
      }
      for (const [field, next, previous] of changes) this.trigger(`change:${field}`, this, next, previous);
      if (changes.length) this.trigger("change", this);
      return this;
    }

    unset(name) {
      return this.set({ [name]: undefined });
    }

    toJSON() {
      return { ...this.attributes };
    }

    serialize() {
      return this.toJSON();
    }
  }
  exports.BaseModel = BaseModel;
  exports.defineModel = (Model) => Model;
});

// What the cloud's owner broke on purpose in this page.
__provide("SimFaults", () => ({ isStoreBroken: false, isMute: false }));

__d("WAWebCollection", [], (require, module, exports) => {
  const EventEmitter = require("WAWebEventEmitter").default;
  const keyOf = (x) => {
    if (x == null) return "";
    if (typeof x === "string") return x;
    return x._serialized || (x.id !== undefined ? keyOf(x.id) : String(x));
  };

  const faults = require("SimFaults");
  const checkStore = () => {
    if (faults.isStoreBroken) throw new Error("the store is broken");
  };

  class Collection extends EventEmitter {
    constructor() {
      super();
      if (!this.constructor.model) throw new Error("Collection initialized without model");
      Object.defineProperties(this, { _list: { value: [], writable: true }, _byId: { value: new Map() } });
    }

    get length() {
      checkStore();
      return this._list.length;
    }

    get(x) {
      checkStore();
      return this._byId.get(keyOf(x));
    }

    assertGet(x) {
      const model = this.get(x);
      if (!model) throw new Error(`not in collection: ${keyOf(x)}`);
      return model;
    }

    async find(x) {
      return this.get(x);
    }

    add(value, options = {}) {
      return Array.isArray(value) ? value.map((one) => this._addOne(one, options)) : this._addOne(value, options);
    }

    _addOne(value, { silent = false }) {
      checkStore();
      const Model = this.constructor.model;
      const key = keyOf(value);
      const known = this._byId.get(key);
      if (known) {
        if (!(value instanceof Model)) known.set(value);
        return known;
      }
      const model = value instanceof Model ? value : new Model(value);
      this._byId.set(key, model);
      this._list.push(model);
      model.on("all", (name, ...args) => this.trigger(name, ...args));
      if (!silent && !faults.isMute) this.trigger("add", model, this);
      return model;
    }

    remove(x) {
      const model = this.get(x);
      if (!model) return undefined;
      this._byId.delete(keyOf(x));
      this._list = this._list.filter((other) => other !== model);
      this.trigger("remove", model, this);
      return model;
    }

    // Out of memory, not deleted: nobody is told.
    forget(models) {
      const gone = new Set(models);
      for (const model of gone) this._byId.delete(keyOf(model));
      this._list = this._list.filter((model) => !gone.has(model));
    }

    reset() {
      this._list = [];
      this._byId.clear();
      this.trigger("reset", this);
    }

    sort() {
      this.trigger("sort", this);
      return this;
    }

    at(index) {
      return this._list[index];
    }

    head() {
      return this._list[0];
    }

    last() {
      return this._list[this._list.length - 1];
    }

    toArray() {
      checkStore();
      return [...this._list];
    }

    getModelsArray() {
      checkStore();
      return this._list;
    }

    findFirst(matches) {
      return this._list.find(matches);
    }

    where(ids) {
      return ids.map((id) => this.get(id)).filter(Boolean);
    }

    includes(model) {
      return this._list.includes(model);
    }

    toJSON() {
      return this._list.map((model) => model.toJSON());
    }
  }
  for (const name of ["map", "filter", "forEach", "some", "every", "reduce", "slice", "indexOf"]) {
    Collection.prototype[name] = function (...args) {
      checkStore();
      return this._list[name](...args);
    };
  }
  exports.default = Collection;
});

__d("WAWebBaseCollection", [], (require, module, exports) => {
  exports.BaseCollection = class BaseCollection extends require("WAWebCollection").default {};
});
