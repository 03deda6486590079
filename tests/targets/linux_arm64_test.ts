import { smokeTest } from "../../scripts/smoke_test.ts";
import { startCompany } from "../support/company.ts";
import { linuxOnArm, runsLinuxOnArm } from "../support/foreign_machine.ts";
import { targetExecutables } from "../support/target_executables.ts";
import { doMainJob } from "../e2e/main_job.ts";

const executable = targetExecutables.get("aarch64-unknown-linux-gnu");

Deno.test({
  name: "Linux on ARM: the executable passes the smoke test and does the main job " +
    "(needs AUTHFUL_EXECUTABLES with it, qemu-user-static and libgcc-s1-arm64-cross)",
  ignore: !executable || !runsLinuxOnArm,
  async fn(t) {
    await using machine = linuxOnArm(executable!.path);
    const { command } = machine;
    await t.step("smoke test", () => smokeTest({ command, target: executable!.target.triple }));
    await using company = await startCompany();
    await doMainJob(t, { company, start: { command, patience: 120_000 } });
  },
});
