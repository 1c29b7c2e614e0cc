import { assertEquals } from "@std/assert";
import { formatMetrics, formatValue } from "./exposition.ts";

Deno.test("formatMetrics() writes a metric with its help, type and samples", () => {
  const text = formatMetrics([
    {
      name: "a_total",
      help: "How many",
      type: "counter",
      samples: [
        { labels: {}, value: 1 },
        { labels: { x: "1", y: "2" }, value: 0.5 },
      ],
    },
    { name: "b", help: "None", type: "gauge", samples: [] },
  ]);
  assertEquals(
    text,
    `# HELP a_total How many
# TYPE a_total counter
a_total 1
a_total{x="1",y="2"} 0.5
# HELP b None
# TYPE b gauge
`,
  );
});

Deno.test("formatMetrics() escapes what would end a label or a line", () => {
  const text = formatMetrics([{
    name: "a",
    help: 'a \\ b\nc "d"',
    type: "gauge",
    samples: [{ labels: { x: '\\ "quoted"\n# EOF \ud800' }, value: 0 }],
  }]);
  assertEquals(
    text,
    `# HELP a a \\\\ b\\nc "d"
# TYPE a gauge
a{x="\\\\ \\"quoted\\"\\n# EOF \ufffd"} 0
`,
  );
});

Deno.test("formatValue() writes what JavaScript writes otherwise", () => {
  assertEquals(
    [Infinity, -Infinity, NaN, 1e21, -0.25].map(formatValue),
    ["+Inf", "-Inf", "NaN", "1e+21", "-0.25"],
  );
});
