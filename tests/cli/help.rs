//! `--help` of each command, and the documentation of the commands.

use std::collections::BTreeSet;

use super::{succeed, texts};
use crate::support::keyrack;

/// A command, as it is typed, and its help.
struct Help {
    command: Vec<String>,
    text: String,
    /// Those below it.
    commands: Vec<String>,
}

impl Help {
    fn of(command: Vec<String>) -> Self {
        let folder = tempfile::TempDir::new().unwrap();
        let text = succeed(&keyrack(folder.path()).args(&command).arg("--help").output().unwrap());
        let listed = text.split("Commands:\n").nth(1).unwrap_or_default();
        let commands = listed
            .lines()
            .take_while(|line| !line.is_empty())
            .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
            .filter(|name| !name.is_empty() && *name != "help")
            .map(str::to_owned)
            .collect();
        Self { command, text, commands }
    }

    /// The options that it shows.
    fn options(&self) -> BTreeSet<&str> {
        let begins = self.text.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
        begins
            .flat_map(|line| line.split([' ', ',', '=']).filter(|word| word.starts_with("--")))
            .collect()
    }
}

/// All commands, from `keyrack` itself down.
fn all() -> Vec<Help> {
    let mut all = vec![Help::of(Vec::new())];
    let mut next = 0;
    while let Some(help) = all.get(next) {
        let below: Vec<Vec<String>> = help
            .commands
            .iter()
            .map(|name| [&help.command[..], std::slice::from_ref(name)].concat())
            .collect();
        all.extend(below.into_iter().map(Help::of));
        next += 1;
    }
    assert!(all.len() > 30, "{}", all.len());
    all
}

#[test]
fn the_help_of_a_command_shows_its_own_options_and_those_that_it_reads() {
    let all = all();
    let of = |name: &str| all.iter().find(|help| help.command == [name]).unwrap();
    let server = of("serve").options();
    assert!(server.contains("--listen") && server.contains("--database-url"));
    assert!(server.is_subset(&all[0].options()));
    let mut demo = of("demo").options();
    assert!(!demo.contains("--database-url") && demo.insert("--database-url"));
    assert_eq!(demo, server);
    for help in &all[1..] {
        if ["serve", "demo"].contains(&help.command[0].as_str()) {
            continue;
        }
        let read: BTreeSet<_> = help.options().intersection(&server).copied().collect();
        let mut expected = BTreeSet::from(["--database-url", "--help"]);
        // Who signs in otherwise from now on is told by mail.
        if help.command.ends_with(&["reset-password".to_owned()])
            || help.command.ends_with(&["disable-two-step".to_owned()])
        {
            expected.extend(["--smtp-url", "--mail-from", "--public-url"]);
        }
        assert_eq!(read, expected, "{:?}", help.command);
    }
    let pause = all.iter().find(|help| help.command == ["key", "pause"]).unwrap();
    assert!(pause.text.contains("Usage: keyrack key pause [OPTIONS] [KEY_ID]"), "{}", pause.text);
    assert_eq!(pause.options(), ["--as", "--database-url", "--help"].into());
}

#[test]
fn every_command_stands_in_the_documentation_and_no_other() {
    let page = include_str!("../../docs/command-line.md");
    let documented: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `keyrack ")?.split('`').next())
        .map(|command| {
            let is_word = |word: &&str| word.starts_with(|c: char| c.is_ascii_lowercase());
            command.split(' ').take_while(is_word).collect::<Vec<_>>().join(" ")
        })
        .collect();
    let leaves = all().into_iter().filter(|help| help.commands.is_empty());
    let there: BTreeSet<String> = leaves.map(|help| help.command.join(" ")).collect();
    assert_eq!(documented, there);
    assert!(include_str!("../../README.md").contains("(docs/command-line.md)"));
}

#[test]
fn an_option_of_the_server_stands_before_the_command_too() {
    let folder = tempfile::TempDir::new().unwrap();
    let serve = ["--listen", "nonsense", "serve"];
    let (_, said) = texts(&keyrack(folder.path()).args(serve).output().unwrap());
    assert!(said.contains("can't listen on nonsense"), "{said}");
}
