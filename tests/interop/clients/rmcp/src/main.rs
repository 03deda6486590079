//! A client as the README of rmcp has it.

use std::{env, error::Error, process::ExitCode, sync::Arc, time::Instant};

use rmcp::{
    ClientHandler, RoleClient, ServiceExt,
    model::CallToolRequestParams,
    service::{NotificationContext, Peer},
    transport::{ConfigureCommandExt, TokioChildProcess},
};
use serde_json::{Value, json};
use tokio::{process::Command, sync::Notify};

#[derive(Clone, Default)]
struct Interop {
    changed: Arc<Notify>,
}

impl ClientHandler for Interop {
    async fn on_tool_list_changed(&self, _context: NotificationContext<RoleClient>) {
        self.changed.notify_one();
    }
}

fn tell(event: Value) {
    println!("{event}");
}

async fn list_tools(peer: &Peer<RoleClient>) -> Result<(), Box<dyn Error>> {
    let tools = peer.list_all_tools().await?;
    let names: Vec<_> = tools.iter().map(|tool| tool.name.as_ref()).collect();
    tell(json!({ "event": "tools", "names": names }));
    Ok(())
}

fn call(name: &'static str, arguments: Value) -> CallToolRequestParams {
    CallToolRequestParams::new(name)
        .with_arguments(arguments.as_object().cloned().unwrap_or_default())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let server: Value = serde_json::from_str(&env::var("SERVER")?)?;
    let strings = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(String::from).collect()
    };
    let command = Command::new(server["command"].as_str().unwrap_or_default()).configure(|command| {
        command.args(strings(&server["args"])).env_clear();
        for (name, value) in server["env"].as_object().into_iter().flatten() {
            command.env(name, value.as_str().unwrap_or_default());
        }
    });
    let client = Interop::default();
    let changed = client.changed.clone();
    let before = Instant::now();
    let service = client.serve(TokioChildProcess::new(command)?).await?;
    tell(json!({ "event": "connected", "ms": before.elapsed().as_millis() as u64 }));
    list_tools(service.peer()).await?;
    let result = service.call_tool(call("echo", json!({ "text": "hello" }))).await?;
    let text = result.content.first().and_then(|content| content.as_text());
    tell(json!({ "event": "echo", "text": text.map(|text| text.text.clone()) }));
    if env::var_os("WAIT_FOR_CHANGE").is_some() {
        service.call_tool(call("grow", json!({}))).await?;
        changed.notified().await;
        tell(json!({ "event": "list_changed" }));
        list_tools(service.peer()).await?;
    }
    service.cancel().await?;
    tell(json!({ "event": "closed" }));
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(json!({ "event": "error", "message": error.to_string() }));
            ExitCode::FAILURE
        }
    }
}
