//! The built program beside the tests, as in a terminal.

use serde_json::Value as Json;
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Output, Stdio},
};

/// A running `diaban demo` or `diaban serve`; stopped as by Ctrl-C when dropped.
pub struct Program {
    child: Child,
    /// `http://127.0.0.1:PORT`.
    pub base: String,
}

impl Program {
    pub fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = program(arguments, environment).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = Vec::new();
        let base = loop {
            let Some(Ok(line)) = lines.next() else { panic!("the program ended: {said:?}") };
            if let Some(at) = line.find("http://127.0.0.1:") {
                break line[at..].split('/').take(3).collect::<Vec<_>>().join("/");
            }
            said.push(line);
        };
        // What it says further on must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, base }
    }

    pub fn get(&self, path: &str) -> (u16, Vec<u8>) {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut answer = agent.get(format!("{}{path}", self.base)).call().unwrap();
        let status = answer.status().as_u16();
        (status, answer.body_mut().with_config().limit(100_000_000).read_to_vec().unwrap())
    }

    pub fn json(&self, path: &str) -> Json {
        let (status, body) = self.get(path);
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    pub fn stop(mut self) {
        self.interrupt();
    }

    fn interrupt(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-INT", &pid]).status();
        let _ = self.child.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.interrupt();
    }
}

/// A command over a database of its own, with the layers that the program brings.
pub fn program(arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_diaban"));
    command.args(arguments).env_remove("DATABASE_URL").env_remove("DIABAN_LAYERS");
    command.envs(environment.iter().copied());
    command
}

/// What a command says that must succeed.
pub fn succeeded(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = String::from_utf8_lossy(&stdout).into_owned();
    assert!(status.success(), "{command:?}\n{text}\n{}", String::from_utf8_lossy(&stderr));
    text
}
