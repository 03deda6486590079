import assert from "node:assert/strict";
import {
  fetchDocument,
  type FetchDocumentOptions,
} from "../../../../src/cli/setup/catalogue/fetch_document.ts";
import { ProxyError } from "../../../../src/base/errors.ts";

const url = new URL("https://registry.company.com/list");

/** Gets the document where these are the answers, and says what was asked. */
async function get(
  answers: ((signal: AbortSignal) => Response | Promise<Response>)[],
  options: Partial<FetchDocumentOptions> = {},
) {
  const asked: string[] = [];
  let at = 0;
  const fetch = (given: URL, init: RequestInit) => {
    asked.push(given.href);
    assert.deepEqual({ ...init, signal: undefined }, {
      headers: { accept: "application/json" },
      redirect: "manual",
      signal: undefined,
    });
    return Promise.resolve(answers[at++](init.signal!));
  };
  const { signal = new AbortController().signal, ...rest } = options;
  const document = await fetchDocument(url, {
    fetch: fetch as FetchDocumentOptions["fetch"],
    signal,
    ...rest,
  });
  return { document, asked };
}

const answer =
  (body: string, type: string | undefined = "application/json", status = 200) => () => {
    const response = new Response(body, { status });
    if (type === "") response.headers.delete("content-type");
    else response.headers.set("content-type", type!);
    return response;
  };

const types: [type: string, isJson: boolean][] = [
  ["application/json", true],
  ["application/JSON; charset=utf-8", true],
  ["application/vnd.company+json", true],
  ["text/plain", true],
  ["application/octet-stream", true],
  ["", true],
  ["text/html", false],
  ["application/jsonlines", false],
];
for (const [type, isJson] of types) {
  Deno.test(`a document of the type ${JSON.stringify(type)} is ${isJson ? "" : "not "}JSON`, async () => {
    const { document, asked } = await get([answer("{ }", type)]);
    assert.deepEqual(document, { ok: true, status: 200, isJson, text: "{ }" });
    assert.deepEqual(asked, [url.href]);
  });
}

Deno.test("an answer without the document is told with its status", async () => {
  for (const status of [299, 304, 400, 503]) {
    const { document } = await get([
      () =>
        new Response(status === 304 ? null : "no", {
          status,
          headers: { "content-type": "text/html" },
        }),
    ]);
    assert.deepEqual(document, {
      ...{ ok: status === 299, status, isJson: false, text: status === 304 ? "" : "no" },
    });
  }
});

Deno.test("a place that is named with an answer that is no redirect is not gone to", async () => {
  for (const status of [200, 201, 400]) {
    const elsewhere = { location: "https://other.test/" };
    const { asked } = await get([() => new Response("{}", { status, headers: elsewhere })]);
    assert.deepEqual(asked, [url.href]);
  }
});

const redirect = (location: string, status = 302) => () => {
  const body = new ReadableStream({ cancel: () => void closed.push(location) });
  return new Response(body, { status, headers: { location } });
};
const closed: string[] = [];

Deno.test("three redirects are followed, each relative to the one before it", async () => {
  closed.length = 0;
  const { document, asked } = await get([
    redirect("/a/b", 300),
    redirect("c", 308),
    redirect("https://other.test/", 399),
    answer("x"),
  ]);
  assert.deepEqual(asked, [
    url.href,
    "https://registry.company.com/a/b",
    "https://registry.company.com/a/c",
    "https://other.test/",
  ]);
  assert.equal(document.text, "x");
  assert.deepEqual(closed, ["/a/b", "c", "https://other.test/"], "what is not read is let go of");
});

const refusal = (at: string, why: string | RegExp) => (error: unknown) => {
  assert.ok(error instanceof ProxyError);
  const { category, fix, reason } = error;
  assert.deepEqual({ category, fix, reason }, {
    category: "Network error",
    fix: "check the address, the network and the proxy, or give --from a file",
    reason: "catalogue_unreadable",
  });
  if (typeof why === "string") assert.equal(error.what, `${at} cannot be read: ${why}`);
  else assert.match(error.what, why);
  return true;
};

const refused: [what: string, answers: Parameters<typeof get>[0], at: string, why: string][] = [
  ["to http", [redirect("http://other.test/")], url.href, "it redirects to http://other.test/"],
  ["to what is no URL", [redirect("https://")], url.href, "it redirects to https://"],
  [
    "a fourth time",
    [redirect("/1"), redirect("/2"), redirect("/3"), redirect("/4")],
    "https://registry.company.com/3",
    "it redirects to /4",
  ],
];
for (const [what, answers, at, why] of refused) {
  Deno.test(`a redirect ${what} is refused`, async () => {
    await assert.rejects(get(answers), refusal(at, why));
  });
}

Deno.test("a document is as long as it may be, and not longer", async () => {
  const pieces = (...texts: string[]) => () =>
    new Response(
      new ReadableStream({
        start(controller) {
          for (const text of texts) controller.enqueue(new TextEncoder().encode(text));
          controller.close();
        },
      }),
    );
  const { document } = await get([pieces("ab", "cä")], { maxBytes: 5 });
  assert.equal(document.text, "abcä");
  await assert.rejects(
    get([pieces("ab", "cä")], { maxBytes: 4 }),
    refusal(url.href, "it is longer than 4 bytes"),
  );
  const long = "x".repeat(8 << 20);
  assert.equal((await get([answer(long)])).document.text.length, long.length);
  await assert.rejects(
    get([answer(`${long}x`)]),
    refusal(url.href, "it is longer than 8388608 bytes"),
  );
});

Deno.test("whoever does not answer, or stops in the middle, is told with why", async () => {
  const cause = new Error("nobody there");
  await assert.rejects(
    get([() => Promise.reject(new TypeError("fetch failed", { cause }))]),
    refusal(url.href, /^https:\/\/registry\.company\.com\/list cannot be read: .*nobody there/),
  );
  const broken = () =>
    new Response(new ReadableStream({ start: (controller) => controller.error(cause) }));
  await assert.rejects(
    get([broken]),
    refusal(url.href, /^https:\/\/registry\.company\.com\/list cannot be read: .*nobody there/),
  );
});

Deno.test("who ends it hears nothing of the network", async () => {
  const reason = new Error("ended");
  for (
    const answers of [
      [() => Promise.reject(new Error("aborted"))],
      [() =>
        new Response(new ReadableStream({ start: (each) => each.error(new Error("aborted")) }))],
    ]
  ) {
    const ended = new AbortController();
    const ending = answers.map((answer) => () => {
      ended.abort(reason);
      return answer();
    });
    await assert.rejects(get(ending, { signal: ended.signal }), (error) => error === reason);
  }
});

Deno.test("a request ends with whoever asks, and after 20 s", async () => {
  const { timeout } = AbortSignal;
  const late = new AbortController();
  const limits: number[] = [];
  AbortSignal.timeout = (limit) => {
    limits.push(limit);
    return late.signal;
  };
  try {
    const ended = new AbortController();
    const signals: AbortSignal[] = [];
    const keep = (signal: AbortSignal) => {
      signals.push(signal);
      return new Response("");
    };
    await get([keep], { signal: ended.signal });
    await get([keep]);
    ended.abort();
    assert.deepEqual(signals.map(({ aborted }) => aborted), [true, false]);
    late.abort();
    assert.ok(signals[1].aborted);
    assert.deepEqual(limits, [20_000, 20_000]);
  } finally {
    AbortSignal.timeout = timeout;
  }
});
