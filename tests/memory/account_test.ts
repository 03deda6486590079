import assert from "node:assert/strict";
import type { Credential } from "../../src/base/credential.ts";
import { createAccountFiles } from "../../src/credentials/account_files/account_files.ts";
import { accountOf } from "../../src/credentials/identity.ts";
import type { Database } from "../../src/credentials/store/database.ts";
import { removeStoredCredentials } from "../../src/credentials/stored_credentials.ts";
import { asking, background, identity, reasonOf } from "../credentials/room.ts";
import { bytes, initialize, MemoryRoom, recalled } from "./memory_room.ts";

/** Signs in as the account of these fields, by hand, as another process does. */
async function signInAs(room: MemoryRoom, fields: Partial<Credential>): Promise<void> {
  room.flows.onSignIn = async (context) => {
    const credential = room.flows.grant(fields);
    await context.onCredential(credential);
    return credential;
  };
  const source = room.source();
  await source.signIn({ force: true, signal: new AbortController().signal });
  await source.close();
}

const ada = { claims: { sub: "ada" } };
const eve = { claims: { sub: "eve" } };

async function rememberAs(room: MemoryRoom, fields: Partial<Credential>, text: string) {
  await signInAs(room, fields);
  const source = room.source();
  await source.current(asking());
  const memory = room.memory(source);
  memory.note(initialize, bytes(text));
  await memory.flush();
  assert.equal(await recalled(memory, initialize), text);
  await source.close();
}

Deno.test("another account does not see it, nor what was there when the first one comes back", async () => {
  await using room = new MemoryRoom();
  await rememberAs(room, ada, "for ada");
  await signInAs(room, eve);
  assert.equal(await recalled(room.memory(room.source()), initialize), undefined);
  const before = room.files();
  await rememberAs(room, eve, "for eve");
  for (const file of before) assert.ok(!room.files().includes(file), "removed with the next write");
  await signInAs(room, ada);
  assert.equal(await recalled(room.memory(room.source()), initialize), undefined);
});

Deno.test("another account does not see it that signed in with a program which knows nothing of it", async () => {
  await using room = new MemoryRoom();
  await rememberAs(room, ada, "for ada");
  {
    using store = await room.otherProcess();
    const stored = await store.credentials.read();
    assert.ok(await store.credentials.replace(stored!, room.flows.grant(eve)));
  }
  assert.equal(await recalled(room.memory(room.source()), initialize), undefined);
  await rememberAs(room, eve, "for eve");
});

Deno.test("the same subject of another issuer is another account", async () => {
  await using room = new MemoryRoom();
  await rememberAs(room, ada, "for ada");
  await signInAs(room, { ...ada, issuer: "https://other.example/" });
  assert.equal(await recalled(room.memory(room.source()), initialize), undefined);
});

Deno.test("signed out, it is there for whoever was signed in last, and for nobody before", async () => {
  await using room = new MemoryRoom();
  await rememberAs(room, ada, "for ada");
  const expired = async (next: Partial<Credential>) => {
    // A refresh that is answered for another account removes the credential.
    room.flows.onRefresh = () => Promise.resolve(room.flows.grant(next));
    const source = room.source();
    const { accessToken } = await source.current(background());
    assert.equal(await reasonOf(source.renewed(accessToken, background())), "subject_changed");
    await source.close();
  };
  await expired(eve);
  assert.equal(await recalled(room.memory(room.source()), initialize), "for ada");
  await signInAs(room, eve);
  await expired(ada);
  assert.equal(await recalled(room.memory(room.source()), initialize), undefined);
});

Deno.test("where no claim says whose it is, it is that of one sign-in and its refreshes", async () => {
  await using room = new MemoryRoom();
  const anonymous = { claims: undefined };
  await rememberAs(room, anonymous, "for somebody");
  room.flows.onRefresh = () => Promise.resolve(room.flows.grant(anonymous));
  const source = room.source();
  const { accessToken } = await source.current(background());
  await source.renewed(accessToken, background());
  const memory = room.memory(source);
  assert.equal(await recalled(memory, initialize), "for somebody");
  memory.note(initialize, bytes("after the refresh"));
  assert.equal(await recalled(memory, initialize), "after the refresh");
  await signInAs(room, anonymous);
  assert.equal(await recalled(room.memory(room.source()), initialize), undefined);
});

Deno.test("without a person the identity is the account", async () => {
  await using room = new MemoryRoom();
  const parameters = { authorizationParameters: { "(flow)": "client-credentials" } };
  Object.assign(room.flows, { unattended: true });
  room.flows.onSignIn = async (context) => {
    const credential = room.flows.grant({ claims: undefined, refreshToken: undefined });
    await context.onCredential(credential);
    return credential;
  };
  const source = room.source(parameters);
  const { accessToken } = await source.current(asking());
  const memory = room.memory(source);
  memory.note(initialize, bytes("for the service"));
  await memory.flush();
  await source.renewed(accessToken, background());
  memory.note(initialize, bytes("for the service still"));
  await source.close();
  const next = room.source(parameters);
  await next.current(asking());
  assert.equal(await recalled(room.memory(next), initialize), "for the service");
});

Deno.test("what a process noted for one account is not written for the next one", async () => {
  await using room = new MemoryRoom();
  await signInAs(room, ada);
  const source = room.source();
  await source.current(asking());
  const memory = room.memory(source);
  memory.note(initialize, bytes("for ada"));
  await signInAs(room, eve);
  await memory.flush();
  assert.deepEqual(room.files(), []);
  assert.equal(await recalled(memory, initialize), undefined);
});

Deno.test("a process that had two accounts takes note of nothing more", async () => {
  await using room = new MemoryRoom();
  await signInAs(room, ada);
  const source = room.source();
  const { accessToken } = await source.current(asking());
  await signInAs(room, eve);
  await source.renewed(accessToken, background());
  const memory = room.memory(source);
  memory.note(initialize, bytes("the answer to a request of ada's"));
  assert.equal(await recalled(memory, initialize), undefined);
  memory.note(initialize, bytes("the answer to a request of eve's"));
  await signInAs(room, ada);
  assert.equal(await recalled(memory, initialize), undefined);
});

Deno.test("several processes that make the first key agree on one", async () => {
  await using room = new MemoryRoom();
  await signInAs(room, ada);
  const memories = await Promise.all(Array.from({ length: 8 }, async (_, i) => {
    const source = room.source();
    await source.current(asking());
    const memory = room.memory(source, { backend: `backend ${i}` });
    memory.note(initialize, bytes(`answer ${i}`));
    return memory;
  }));
  await Promise.all(memories.map((memory) => memory.flush()));
  for (const [i, memory] of memories.entries()) {
    assert.equal(await recalled(memory, initialize), `answer ${i}`);
  }
  assert.equal(room.files().length, 8);
});

Deno.test("what is being written while its account signs out does not stay", async () => {
  await using room = new MemoryRoom();
  await signInAs(room, ada);
  using store = await room.otherProcess();
  const database: Database = Object.create(store.database, {
    run: {
      value: async <T>(operation: (kv: Deno.Kv) => Promise<T>) => {
        const [path] = room.files();
        if (path !== undefined) {
          await removeStoredCredentials({ ...room, cacheDir: room.cacheDir });
          // As if it had come just after all were removed.
          await Deno.writeTextFile(path, "");
        }
        return await store.database.run(operation);
      },
    },
  });
  const { now } = room;
  const files = createAccountFiles({ ...store, store: store.credentials, database, identity, now });
  const account = accountOf(room.flows.grant(ada), identity)!;
  assert.equal(await files.write("name", { bytes: bytes("for ada"), account }), false);
  assert.deepEqual(room.files(), []);
});

Deno.test("logout takes it along, and a process that still runs does not bring it back", async () => {
  for (const only of [{ identity }, {}]) {
    await using room = new MemoryRoom();
    await signInAs(room, ada);
    const source = room.source();
    await source.current(asking());
    const memory = room.memory(source);
    memory.note(initialize, bytes("for ada"));
    await memory.flush();
    assert.equal(room.files().length, 1);
    memory.note(initialize, bytes("once more for ada"));
    await removeStoredCredentials({ ...room, cacheDir: room.cacheDir, ...only });
    assert.deepEqual(room.files(), []);
    await memory.flush();
    assert.deepEqual(room.files(), []);
    assert.equal(await memory.isEmpty(), true);
    await signInAs(room, ada);
    assert.equal(await memory.isEmpty(), true);
  }
});

Deno.test("the logout of one identity leaves the others", async () => {
  await using room = new MemoryRoom();
  const texts = await Promise.all(["default", "work"].map(async (profile) => {
    const source = room.source({ profile });
    await source.current(asking());
    const memory = room.memory(source);
    memory.note(initialize, bytes(profile));
    await memory.flush();
    return { profile, memory };
  }));
  await removeStoredCredentials({ ...room, cacheDir: room.cacheDir, identity });
  for (const { profile, memory } of texts) {
    assert.equal(await recalled(memory, initialize), profile === "work" ? "work" : undefined);
  }
});
