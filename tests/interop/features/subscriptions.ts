import type { Feature } from "./feature.ts";

export default {
  name: "subscriptions",
  async run({ connect }) {
    const connection = await connect();
    await connection.subscribe("test://watched");
    await connection.callTool("touch");
    await connection.notified("notifications/resources/updated", {
      test: ({ params }) => params?.uri === "test://watched",
    });
  },
} satisfies Feature;
