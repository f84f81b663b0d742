// Event emitter, observable model and collection: what wa-js listens to and patches. Behaviour follows what the
// library relies on: `change:<field>` with (model, value, previous), events of a model bubbling to its collections,
// `add` after a model is in.
"use strict";

__provide("WAWebEventEmitter", () => {
  class EventEmitter {
    /** @type {Map<string, { fn: Listener, context: unknown }[]>} */
    #handlers = new Map();

    /**
     * @param {string} name
     * @param {Listener} fn
     * @param {unknown} [context]
     */
    on(name, fn, context) {
      const list = this.#handlers.get(name);
      if (list) list.push({ fn, context });
      else this.#handlers.set(name, [{ fn, context }]);
      return this;
    }

    /**
     * @param {string} name
     * @param {Listener} fn
     * @param {unknown} [context]
     */
    once(name, fn, context) {
      /** @type {Listener} */
      const wrapped = (...args) => {
        this.off(name, wrapped);
        fn.apply(context, args);
      };
      wrapped.original = fn;
      return this.on(name, wrapped, context);
    }

    /**
     * @param {string} [name]
     * @param {Listener} [fn]
     */
    off(name, fn) {
      if (!name) this.#handlers.clear();
      else if (!fn) this.#handlers.delete(name);
      else {
        const left = this.#handlers.get(name)?.filter((h) => h.fn !== fn && h.fn.original !== fn);
        if (left) this.#handlers.set(name, left);
      }
      return this;
    }

    /**
     * @param {string} name
     * @param {unknown[]} args
     */
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

    /**
     * @param {string} name
     * @param {unknown[]} args
     */
    emit(name, ...args) {
      return this.trigger(name, ...args);
    }

    /**
     * @param {EventEmitter} other
     * @param {string} name
     * @param {Listener} fn
     */
    listenTo(other, name, fn) {
      other.on(name, fn, this);
      return this;
    }
  }
  return { default: EventEmitter };
});

__provide("WAWebBaseModel", (load) => {
  const EventEmitter = load("WAWebEventEmitter").default;

  /**
   * @param {string} name
   * @returns {PropertyDescriptor & ThisType<BaseModel>}
   */
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

  // Classes whose fields have their accessors: once a class, not once a model, because messages are many.
  const prepared = new Set();

  class BaseModel extends EventEmitter {
    /** @type {string[]} */
    static fields = [];
    /** @type {() => object} */
    static defaults = () => ({});
    /** @type {Record<string, unknown>} */
    #attributes = {};

    constructor(attributes = {}) {
      super();
      const Model = /** @type {typeof BaseModel} */ (this.constructor);
      if (!prepared.has(Model)) {
        for (const name of Model.fields)
          if (!(name in Model.prototype)) Object.defineProperty(Model.prototype, name, accessor(name));
        prepared.add(Model);
      }
      for (const [name, value] of Object.entries({ ...Model.defaults(), ...attributes })) {
        this.#declare(name);
        this.attributes[name] = value;
      }
    }

    get attributes() {
      return this.#attributes;
    }

    /**
     * A field that the class doesn't list. Accessors that the class or wa-js put on the prototype win.
     * @param {string} name
     */
    #declare(name) {
      if (!(name in this)) Object.defineProperty(this, name, accessor(name));
    }

    /** @param {string} name */
    get(name) {
      return this.attributes[name];
    }

    /**
     * @param {string | Record<string, unknown>} name
     * @param {unknown} [value]
     */
    set(name, value) {
      const patch = typeof name === "object" ? name : { [name]: value };
      /** @type {[field: string, next: unknown, previous: unknown][]} */
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

    /** @param {string} name */
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
  return {
    // Its fields are properties by their accessors.
    BaseModel: /** @type {BaseModelClass} */ (/** @type {unknown} */ (BaseModel)),
    defineModel: (Model) => Model,
  };
});

// What the cloud's owner broke on purpose in this page.
__provide("SimFaults", () => ({ isStoreBroken: false, isMute: false }));

__provide("WAWebCollection", (load) => {
  const EventEmitter = load("WAWebEventEmitter").default;
  /**
   * @param {unknown} x
   * @returns {string}
   */
  const keyOf = (x) => {
    if (x == null) return "";
    if (typeof x === "string") return x;
    const { _serialized, id } = /** @type {{ _serialized?: string, id?: unknown }} */ (x);
    return _serialized || (id !== undefined ? keyOf(id) : String(x));
  };

  const faults = load("SimFaults");
  const checkStore = () => {
    if (faults.isStoreBroken) throw new Error("the store is broken");
  };

  /** @template {BaseModel<any>} Model */
  class Collection extends EventEmitter {
    /** @type {Model[]} */
    #list = [];
    /** @type {Map<string, Model>} */
    #byId = new Map();
    /** @type {ModelClass<Model>} */
    #Model;

    constructor() {
      super();
      const { model } = /** @type {{ model?: ModelClass<Model> }} */ (this.constructor);
      if (!model) throw new Error("Collection initialized without model");
      this.#Model = model;
    }

    get length() {
      checkStore();
      return this.#list.length;
    }

    /**
     * By its key: as an id, as text, or of a model.
     * @param {unknown} x
     */
    get(x) {
      checkStore();
      return this.#byId.get(keyOf(x));
    }

    /** @param {unknown} x */
    assertGet(x) {
      const model = this.get(x);
      if (!model) throw new Error(`not in collection: ${keyOf(x)}`);
      return model;
    }

    /**
     * @param {unknown} x
     * @returns {Promise<Model | undefined>}
     */
    async find(x) {
      return this.get(x);
    }

    /**
     * @overload
     * @param {Model | Model["attributes"]} value
     * @param {AddOptions} [options]
     * @returns {Model}
     */
    /**
     * @overload
     * @param {(Model | Model["attributes"])[]} value
     * @param {AddOptions} [options]
     * @returns {Model[]}
     */
    /**
     * @param {Model | Model["attributes"] | (Model | Model["attributes"])[]} value
     * @param {AddOptions} [options]
     */
    add(value, options = {}) {
      return Array.isArray(value) ? value.map((one) => this._addOne(one, options)) : this._addOne(value, options);
    }

    /**
     * @param {Model | Model["attributes"]} value
     * @param {AddOptions} options
     */
    _addOne(value, { silent = false }) {
      checkStore();
      const Model = this.#Model;
      const key = keyOf(value);
      const known = this.#byId.get(key);
      if (known) {
        if (!(value instanceof Model)) known.set(value);
        return known;
      }
      const model = value instanceof Model ? value : new Model(value);
      this.#byId.set(key, model);
      this.#list.push(model);
      model.on("all", (name, ...args) => this.trigger(String(name), ...args));
      if (!silent && !faults.isMute) this.trigger("add", model, this);
      return model;
    }

    /** @param {unknown} x */
    remove(x) {
      const model = this.get(x);
      if (!model) return undefined;
      this.#byId.delete(keyOf(x));
      this.#list = this.#list.filter((other) => other !== model);
      this.trigger("remove", model, this);
      return model;
    }

    /**
     * Out of memory, not deleted: nobody is told.
     * @param {Model[]} models
     */
    forget(models) {
      const gone = new Set(models);
      for (const model of gone) this.#byId.delete(keyOf(model));
      this.#list = this.#list.filter((model) => !gone.has(model));
    }

    reset() {
      this.#list = [];
      this.#byId.clear();
      this.trigger("reset", this);
    }

    sort() {
      this.trigger("sort", this);
      return this;
    }

    /** @param {number} index */
    at(index) {
      return this.#list[index];
    }

    head() {
      return this.#list[0];
    }

    last() {
      return this.#list[this.#list.length - 1];
    }

    toArray() {
      checkStore();
      return [...this.#list];
    }

    getModelsArray() {
      checkStore();
      return this.#list;
    }

    /** @param {(model: Model) => unknown} matches */
    findFirst(matches) {
      return this.#list.find(matches);
    }

    /** @param {unknown[]} ids */
    where(ids) {
      return ids.map((id) => this.get(id)).filter((model) => model !== undefined);
    }

    /** @param {Model} model */
    includes(model) {
      return this.#list.includes(model);
    }

    toJSON() {
      return this.#list.map((model) => model.toJSON());
    }
  }
  // What wa-js calls of an array's methods.
  for (const name of /** @type {const} */ ([
    "map",
    "filter",
    "forEach",
    "some",
    "every",
    "reduce",
    "slice",
    "indexOf",
  ])) {
    Object.defineProperty(Collection.prototype, name, {
      configurable: true,
      enumerable: true,
      writable: true,
      /**
       * @this {Collection<BaseModel<any>>}
       * @param {unknown[]} args
       */
      value(...args) {
        const list = this.getModelsArray();
        return Reflect.apply(list[name], list, args);
      },
    });
  }
  return { default: Collection };
});

__provide("WAWebBaseCollection", (load) => ({ BaseCollection: load("WAWebCollection").default }));
