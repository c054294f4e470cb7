// What a device keeps over a restart without a link: the list, and what was read and not sent yet.

const NAME = "door";

function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function finished(change) {
  return new Promise((resolve, reject) => {
    change.oncomplete = () => resolve();
    change.onerror = change.onabort = () => reject(change.error);
  });
}

export class Store {
  static async open() {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("kept");
      request.result.createObjectStore("queue", { keyPath: "number", autoIncrement: true });
    };
    return new Store(await asked(request));
  }

  constructor(database) {
    this.database = database;
  }

  async list() {
    return asked(this.database.transaction("kept").objectStore("kept").get("list"));
  }

  async keepList(list) {
    const change = this.database.transaction("kept", "readwrite");
    change.objectStore("kept").put(list, "list");
    await finished(change);
  }

  async forgetList() {
    const change = this.database.transaction("kept", "readwrite");
    change.objectStore("kept").clear();
    await finished(change);
  }

  // In the order they were read. Returns once it is on the disk.
  async add(scan) {
    const change = this.database.transaction("queue", "readwrite", { durability: "strict" });
    change.objectStore("queue").add(scan);
    await finished(change);
  }

  async waiting(most) {
    return asked(this.database.transaction("queue").objectStore("queue").getAll(null, most));
  }

  async count() {
    return asked(this.database.transaction("queue").objectStore("queue").count());
  }

  async drop(numbers) {
    const change = this.database.transaction("queue", "readwrite");
    for (const number of numbers) change.objectStore("queue").delete(number);
    await finished(change);
  }
}
