import { deepEqual } from "node:assert/strict";
import { parseSystemCalls } from "./system_calls.ts";

Deno.test("what a program did is told from what the programs did that it started", () => {
  const trace = `100 execve("/opt/program", ["/opt/program"], 0x7ffc /* 2 vars */) = 0
100 openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3
101 openat(AT_FDCWD, "/opt/program", O_RDONLY|O_CLOEXEC <unfinished ...>
101 <... openat resumed>) = 9
101 connect(9, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.1")}, 16) = -1 EINPROGRESS (Operation now in progress)
101 connect(9, {sa_family=AF_INET6, sin6_port=htons(8080), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = 0
101 connect(9, {sa_family=AF_UNIX, sun_path="/run/nscd/socket"}, 110) = -1 ENOENT (No such file or directory)
102 execve("/usr/local/bin/xdg-open", ["xdg-open"], 0x7ffc /* 2 vars */) = -1 ENOENT (No such file or directory)
102 execve("/usr/bin/xdg-open", ["xdg-open", "https://auth.test/\\"?a"], 0x7ffc /* 2 vars */) = 0
102 openat(AT_FDCWD, "/home/person/.config/browser", O_RDONLY) = 3
102 connect(3, {sa_family=AF_UNIX, sun_path="/run/browser"}, 110) = 0
`;
  deepEqual(parseSystemCalls(trace), {
    started: ["/opt/program", "/usr/bin/xdg-open"],
    opened: ["/etc/ld.so.cache", "/opt/program"],
    connected: ["192.0.2.1:443", "::1:8080", "/run/nscd/socket"],
  });
});
