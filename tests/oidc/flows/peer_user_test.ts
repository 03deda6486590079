import assert from "node:assert/strict";
import { join } from "node:path";
import { isForeign } from "../../../src/oidc/flows/browser_binding.ts";
import { peerUser, peerUserIn } from "../../../src/oidc/flows/peer_user.ts";
import { startProvider } from "../../support/provider.ts";
import { createPerson } from "../../support/person.ts";
import { hasProgram } from "../../support/has_program.ts";
import { within } from "../../support/within.ts";
import { createRig } from "../rig.ts";

const address = (hostname: string, port: number): Deno.NetAddr => ({
  transport: "tcp",
  hostname,
  port,
});

/** As Linux 6 writes them; the first user's browser is at port 40000. */
const tables = `==> /proc/self/uid_map <==
         0          0 4294967295

==> /proc/net/tcp <==
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1059 1 00000000aadccb3b 100 0 0 10 0
   1: 0100007F:9C40 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 1060 1 00000000aadccb3c 20 4 30 10 -1
   2: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 1061 1 00000000aadccb3d 20 4 30 10 -1
   3: 0200007F:9C41 0100007F:1F90 01 00000000:00000000 00:00000000 00000000 65534        0 1062 1 00000000aadccb3e 20 4 30 10 -1
   4: 0100007F:9C42 0100007F:1F90 05 00000000:00000000 00:00000000 00000000     0        0 0 1 00000000aadccb3f 20 4 30 10 -1
   5: 0100007F:1F90 0100007F:9C43 08 00000000:00000000 00:00000000 00000000  1000        0 1063 1 00000000aadccb40 20 4 30 10 -1
   6: 0100007F:1F90 0100007F:9C44 01 00000000:00000000 00:00000000 00000000  1000        0 1064 1 00000000aadccb41 20 4 30 10 -1

==> /proc/net/tcp6 <==
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:9C45 00000000000000000000000001000000:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 1065 1 00000000aadccb42 20 4 30 10 -1
   1: 0000000000000000FFFF00000100007F:9C46 0000000000000000FFFF00000100007F:1F90 01 00000000:00000000 00:00000000 00000000  1002        0 1066 1 00000000aadccb43 20 4 30 10 -1
`;
const own = address("127.0.0.1", 8080);

Deno.test("the user of a connection is that of its other end, by either version of IP", () => {
  assert.equal(peerUserIn(tables, { peer: address("127.0.0.1", 40000), own }), 1000);
  assert.equal(peerUserIn(tables, { peer: address("127.0.0.2", 40001), own }), 65534);
  const six = { peer: address("::1", 40005), own: address("::1", 8080) };
  assert.equal(peerUserIn(tables, six), 1001);
  assert.equal(peerUserIn(tables, { peer: address("127.0.0.1", 40006), own }), 1002);
});

Deno.test("of an end that is closed nothing is said, since the kernel counts it as the administrator's", () => {
  assert.equal(peerUserIn(tables, { peer: address("127.0.0.1", 40002), own }), "closing");
  assert.equal(peerUserIn(tables, { peer: address("127.0.0.1", 40003), own }), "closing");
});

Deno.test("where the tables do not say, it is unknown", () => {
  assert.equal(peerUserIn("", { peer: address("127.0.0.1", 40000), own }), "unknown");
  // Our end alone: a browser outside of this Linux.
  assert.equal(peerUserIn(tables, { peer: address("127.0.0.1", 40004), own }), "unknown");
  const elsewhere = { peer: address("127.0.0.1", 40000), own: address("127.0.0.1", 8081) };
  assert.equal(peerUserIn(tables, elsewhere), "unknown");
  // In a user namespace, 65534 is everybody who has no number there.
  const namespaced = tables.replace("0          0 4294967295", "0       1000          1");
  assert.equal(peerUserIn(namespaced, { peer: address("127.0.0.2", 40001), own }), "unknown");
});

Deno.test("who everybody is, only a whole range of numbers can tell", () => {
  const other = { peer: address("127.0.0.2", 40001), own };
  const known = { peer: address("127.0.0.1", 40000), own };
  for (
    const range of ["10 0 4294967295", "0 10 4294967295", "0 0 42949672950", "0 0 4294967295 1"]
  ) {
    const namespaced = tables.replace("0          0 4294967295", range);
    assert.equal(peerUserIn(namespaced, other), "unknown", range);
    assert.equal(peerUserIn(namespaced, known), 1000, "a number of its own is one");
  }
});

Deno.test("a row is one of the connection by both of its ends, and begins its line", () => {
  const row = (local: string, remote: string, state: string) =>
    `   9: 0100007F:${local} 0100007F:${remote} ${state} 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 1\n`;
  const ends = { peer: address("127.0.0.1", 40007), own };
  assert.equal(peerUserIn(row("1F90", "9C47", "08"), ends), "closing");
  assert.equal(peerUserIn(row("1F91", "9C47", "08"), ends), "unknown");
  assert.equal(peerUserIn(row("1F90", "9C48", "08"), ends), "unknown");
  assert.equal(peerUserIn(row("9C47", "1F90", "01"), ends), 1000);
  assert.equal(peerUserIn(row("9C47", "1F91", "01"), ends), "unknown");
  assert.equal(peerUserIn(`x${row("9C47", "1F90", "01")}`, ends), "unknown");
});

Deno.test("the administrator and oneself are nobody else, nor is whoever is not known", () => {
  const self = Deno.uid() ?? 0;
  assert.deepEqual(["unknown" as const, 0, self, self + 1].map(isForeign), [
    false,
    false,
    false,
    true,
  ]);
});

const isLinux = Deno.build.os === "linux";

Deno.test({
  name: "a connection of one's own is one's own",
  ignore: !isLinux,
  async fn() {
    for (const hostname of ["127.0.0.1", "::1"]) {
      let listener: Deno.TcpListener;
      try {
        listener = Deno.listen({ hostname, port: 0 });
      } catch {
        continue; // No IPv6 here.
      }
      using _listener = listener;
      const [accepted, connected] = await Promise.all([
        listener.accept(),
        Deno.connect({ hostname, port: listener.addr.port }),
      ]);
      using _accepted = accepted;
      using _connected = connected;
      const ends = { peer: accepted.remoteAddr, own: accepted.localAddr };
      assert.equal(await peerUser(ends), Deno.uid());
    }
  },
});

Deno.test({
  name: "of the kernel's tables every row that tells something is read",
  ignore: !isLinux,
  async fn() {
    const file = await Deno.makeTempFile();
    const { PATH } = Deno.env.toObject();
    try {
      await Deno.writeTextFile(file, tables);
      const user = (peer: Deno.NetAddr) => peerUser({ peer, own }, { files: [file] });
      assert.equal(await user(address("127.0.0.2", 40001)), 65_534);
      assert.equal(await user(address("127.0.0.1", 40003)), "closing");
      Deno.env.set("PATH", "");
      assert.equal(await user(address("127.0.0.1", 40000)), "unknown", "without grep");
    } finally {
      Deno.env.set("PATH", PATH);
      await Deno.remove(file);
    }
  },
});

Deno.test({
  name: "connections that have ended, by the ten thousand, hide nobody",
  ignore: !isLinux,
  async fn() {
    // Any user can make so many: each stays in the table for a minute.
    const ended = "   9: 0300007F:A000 0400007F:9000 06 00000000:00000000 03:000017A5 00000000" +
      "     0        0 0 3 00000000aadccb47                                                      \n";
    const directory = await Deno.makeTempDir();
    try {
      const file = join(directory, "tcp");
      await Deno.writeTextFile(file, ended.repeat(100_000) + tables);
      const files = [join(directory, "missing"), file];
      assert.equal(await peerUser({ peer: address("127.0.0.1", 40000), own }, { files }), 1000);
      // A table that takes too long is no reason to let anybody through.
      const pipe = join(directory, "pipe");
      await new Deno.Command("mkfifo", { args: [pipe] }).output();
      const ends = { peer: address("127.0.0.1", 40000), own };
      assert.equal(await peerUser(ends, { files: [pipe], patience: 100 }), "busy");
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

/** A request by another user of this machine, which only the administrator can make. */
const canBeOthers = isLinux && Deno.uid() === 0 && await hasProgram("setpriv") &&
  await hasProgram("curl");

Deno.test({
  name: "another user who comes first is turned away, and the sign-in goes on",
  ignore: !canBeOthers,
  async fn() {
    await using provider = await startProvider();
    const opened = Promise.withResolvers<URL>();
    const rig = createRig(provider, {
      openBrowser: (url) => Promise.resolve(opened.resolve(url)),
    });
    const run = rig.signIn();
    const url = await within(opened.promise, { what: "the browser being opened" });
    const visitAsAnother = async () => {
      const { stdout } = await new Deno.Command("setpriv", {
        args: ["--reuid=12345", "--clear-groups", "curl", "--silent", "--include", url.href],
      }).output();
      return new TextDecoder().decode(stdout);
    };
    for (let visits = 0; visits < 5; visits++) {
      const answer = await visitAsAnother();
      assert.match(answer, /^HTTP\/1\.1 403 .*This sign-in is not yours/s);
      assert.doesNotMatch(answer, /set-cookie|location:/i);
    }
    const warning = /another user of this machine \(user id 12345\) opened the page/g;
    assert.equal(rig.lines.join("").match(warning)?.length, 3);
    await createPerson().visit(url);
    assert.ok((await run.credential).accessToken);
  },
});

Deno.test({
  name: "a visitor who does not wait for the answer does not count as the first",
  ignore: !isLinux,
  async fn() {
    await using provider = await startProvider();
    const opened = Promise.withResolvers<URL>();
    const rig = createRig(provider, {
      openBrowser: (url) => Promise.resolve(opened.resolve(url)),
    });
    const run = rig.signIn();
    const url = await within(opened.promise, { what: "the browser being opened" });
    {
      using visitor = await Deno.connect({ hostname: url.hostname, port: Number(url.port) });
      const request = `GET ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\n\r\n`;
      await visitor.write(new TextEncoder().encode(request));
      await visitor.closeWrite();
      const answer = new Uint8Array(999);
      const length = await within(visitor.read(answer), { what: "the answer" });
      assert.match(new TextDecoder().decode(answer.subarray(0, length ?? 0)), /^HTTP\/1\.1 503 /);
    }
    await createPerson().visit(url);
    assert.ok((await run.credential).accessToken);
  },
});
