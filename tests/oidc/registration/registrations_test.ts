import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { registrationsIn } from "../../../src/oidc/registration/registrations.ts";
import { brokenNotes, createMemoryNotes } from "../network.ts";

const place = {
  issuer: "https://auth.test",
  redirectUrls: [new URL("http://127.0.0.1:1/a"), new URL("http://127.0.0.1:2/b")],
};
const current = "client https://auth.test http://127.0.0.1:1/a http://127.0.0.1:2/b";
const client = (clientId: string) => ({ clientId, method: "none" as const });

Deno.test("a registration is kept for the redirect URLs, and under its client id", async () => {
  const notes = createMemoryNotes();
  const registrations = registrationsIn(notes, place);
  assert.equal(await registrations.current(), undefined);
  assert.equal(await registrations.byId("one"), undefined);
  await registrations.keep(client("one"));
  assert.deepEqual(Object.fromEntries(notes.values), {
    [current]: client("one"),
    "client-id https://auth.test one": client("one"),
  });
  assert.deepEqual([...notes.lifetimes.values()], [undefined, undefined]);
  await registrations.keep(client("two"));
  assert.deepEqual(await registrations.current(), client("two"));
  assert.deepEqual(await registrations.byId("one"), client("one"));
  assert.deepEqual(await registrations.byId("two"), client("two"));
});

Deno.test("what older versions noted for the redirect URLs alone is found by its client id", async () => {
  const notes = createMemoryNotes();
  notes.values.set(current, client("one"));
  const registrations = registrationsIn(notes, place);
  assert.deepEqual(await registrations.byId("one"), client("one"));
  assert.equal(await registrations.byId("two"), undefined);
});

Deno.test("a client that nobody signs in as any more is still found, unless it is gone", async () => {
  for (const gone of [false, true]) {
    const notes = createMemoryNotes();
    const registrations = registrationsIn(notes, place);
    await registrations.keep(client("one"));
    await registrations.forget({ clientId: "one", gone });
    assert.equal(await registrations.current(), undefined);
    assert.deepEqual(await registrations.byId("one"), gone ? undefined : client("one"));
  }
});

Deno.test("to forget one client leaves the one to sign in as", async () => {
  const registrations = registrationsIn(createMemoryNotes(), place);
  await registrations.keep(client("one"));
  await registrations.keep(client("two"));
  await registrations.forget({ clientId: "one", gone: true });
  assert.deepEqual(await registrations.current(), client("two"));
  assert.equal(await registrations.byId("one"), undefined);
});

Deno.test("a note that is no registration counts as none", async () => {
  const none = [null, "text", {}, { clientId: "one" }, { method: "none" }, {
    clientId: 7,
    method: "none",
  }];
  for (const value of none) {
    const notes = createMemoryNotes();
    notes.values.set(current, value);
    const registrations = registrationsIn(notes, place);
    assert.equal(await registrations.current(), undefined, JSON.stringify(value));
  }
});

Deno.test("one note is changed after the other, and all before it counts as done", async () => {
  const notes = createMemoryNotes();
  const events: string[] = [];
  const slowly = async (change: string, name: string) => {
    events.push(`${change} ${name.split(" ")[0]}`);
    await setImmediate();
    events.push("done");
  };
  const registrations = registrationsIn({
    read: notes.read,
    async write(name, value) {
      await slowly("write", name);
      await notes.write(name, value);
    },
    remove: (name) => slowly("remove", name),
  }, place);
  await registrations.keep(client("one"));
  await registrations.forget({ clientId: "one", gone: true });
  assert.deepEqual(events, [
    "write client",
    "done",
    "write client-id",
    "done",
    "remove client-id",
    "done",
    "remove client",
    "done",
  ]);
});

Deno.test("without notes, or with notes that fail, nobody is registered and nothing breaks", async () => {
  for (const notes of [undefined, brokenNotes]) {
    const registrations = registrationsIn(notes, place);
    await registrations.keep(client("one"));
    assert.equal(await registrations.current(), undefined);
    assert.equal(await registrations.byId("one"), undefined);
    await registrations.forget({ clientId: "one", gone: true });
  }
  // One that can be read and not changed.
  const notes = { ...createMemoryNotes(), remove: brokenNotes.remove };
  const registrations = registrationsIn(notes, place);
  await registrations.keep(client("one"));
  await registrations.forget({ clientId: "one", gone: true });
});
