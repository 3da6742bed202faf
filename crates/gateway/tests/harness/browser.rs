//! A headless Chromium, driven by the DevTools protocol (<https://chromedevtools.github.io/devtools-protocol/>).

use std::path::Path;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// A page in a browser of its own, which ends with it.
pub(crate) struct Page {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: String,
    calls: u64,
    _browser: Child,
    _profile: TempDir,
}

impl Page {
    /// Opens a page of a size in a new browser.
    pub(crate) async fn open(url: &str, width: u32, height: u32) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut browser = Command::new("chromium")
            .args([
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
            ])
            .args(["--remote-debugging-port=0", &format!("--window-size={width},{height}")])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("Chromium is installed (tests/run installs it)");
        let mut lines = BufReader::new(browser.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next_line().await.unwrap().expect("Chromium says where it listens");
            if let Some(address) = line.strip_prefix("DevTools listening on ") {
                break address.to_owned();
            }
        };
        // What it says from now on is read, so that it is never held up.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let (socket, _) = connect_async(address).await.unwrap();
        let mut page =
            Self { socket, session: String::new(), calls: 0, _browser: browser, _profile: profile };
        let target =
            page.call("Target.createTarget", json!({ "url": "about:blank" })).await["targetId"].clone();
        let attached =
            page.call("Target.attachToTarget", json!({ "targetId": target, "flatten": true })).await;
        page.session = attached["sessionId"].as_str().unwrap().to_owned();
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        page.call("Emulation.setDeviceMetricsOverride", size).await;
        page.call("Page.navigate", json!({ "url": url })).await;
        page
    }

    /// Calls a method of the protocol.
    async fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.calls += 1;
        let mut message = json!({ "id": self.calls, "method": method, "params": parameters });
        if !self.session.is_empty() {
            message["sessionId"] = self.session.as_str().into();
        }
        self.socket.send(Message::text(message.to_string())).await.unwrap();
        loop {
            let Message::Text(text) = self.socket.next().await.unwrap().unwrap() else { continue };
            let mut answer: Value = serde_json::from_str(&text).unwrap();
            if answer["id"] == self.calls {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].take();
            }
        }
    }

    /// Waits until an expression of JavaScript is true of the page, and returns its value.
    pub(crate) async fn until(&mut self, expression: &str) -> Value {
        // Looked at with every frame; a page that is being left answers nothing, so the page is asked again.
        let script = format!(
            "new Promise((found) => {{
                const began = performance.now();
                const look = () => {{
                    let value;
                    try {{ value = {expression}; }} catch {{}}
                    if (value) found(typeof value === 'object' ? true : value);
                    else if (performance.now() - began > 30000) found(null);
                    else requestAnimationFrame(look);
                }};
                look();
            }})"
        );
        let parameters = json!({ "expression": script, "awaitPromise": true, "returnByValue": true });
        let answer = self.call("Runtime.evaluate", parameters).await;
        let value = answer["result"]["value"].clone();
        assert!(!value.is_null(), "never: {expression}\n{answer}");
        value
    }

    /// Types text where the focus is, as from a clipboard.
    pub(crate) async fn insert(&mut self, text: &str) {
        self.call("Input.insertText", json!({ "text": text })).await;
    }

    /// Presses a key, with Ctrl or alone.
    pub(crate) async fn press(&mut self, key: &str, code: &str, number: u32, ctrl: bool) {
        for kind in ["rawKeyDown", "keyUp"] {
            let modifiers = if ctrl { 2 } else { 0 };
            let event = json!({
                "type": kind, "key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": modifiers,
            });
            self.call("Input.dispatchKeyEvent", event).await;
        }
    }

    /// Lets the page prefer light or dark colours.
    pub(crate) async fn prefer(&mut self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.call("Emulation.setEmulatedMedia", features).await;
    }

    /// Keeps a picture of the page, for people.
    pub(crate) async fn picture(&mut self, file: &Path) {
        let answer = self.call("Page.captureScreenshot", json!({ "format": "png" })).await;
        std::fs::write(file, STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()).unwrap();
    }
}
