//! The misuse matrix: everybody who could misuse Keyrack × everything that the boundary between
//! projects promises. Each is tried on a real server.
//!
//! The tests send what a gateway with a wrong configuration would send, and one real nginx for each
//! wrong file shows that it does send that. An older binary is played by a process that does not
//! know the contract number of the database; `scripts/soak upgrade` tries a real one.

mod answer;
mod attempts;
mod file;
mod nginx;
mod table;
mod world;

use futures_util::future::join_all;

use self::answer::Answer;
use self::file::{Call, File};
use self::table::{PEOPLE, Promise, Row, TABLE};
use self::world::{INSIDE, Person, What, World};

#[test]
fn every_promise_has_one_row() {
    for (number, row) in TABLE.iter().enumerate() {
        assert_eq!(row.promise as usize, number, "{:?}", row.promise);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_further_than_the_table_says_whatever_they_try() {
    let world = World::new().await;
    assert_eq!(world.people.iter().map(|who| who.name).collect::<Vec<_>>(), PEOPLE);
    keys_are_good_where_they_should_be(&world).await;
    let made = "SELECT count(*) FROM environments";
    let before = world.server.database.count(made);
    let (former, people) = world.people.split_last().unwrap();
    let mut attempts = 0;
    let mut wrong = Vec::new();
    for row in TABLE.iter().filter(|row| row.promise != Promise::Contract) {
        let cells = people.iter().zip(row.answers);
        let cells = join_all(cells.map(|(who, answer)| cell(&world, row, who, answer))).await;
        for (tried, misfits) in cells {
            attempts += tried;
            wrong.extend(misfits);
        }
    }

    world.server.database.execute("UPDATE contract SET number = number + 1");
    let contract = &TABLE[Promise::Contract as usize];
    let formers = TABLE.iter().map(|row| (row, former, row.answers[people.len()]));
    let others = people.iter().zip(contract.answers);
    for (row, who, answer) in formers.chain(others.map(|(who, answer)| (contract, who, answer))) {
        let (tried, misfits) = cell(&world, row, who, answer).await;
        attempts += tried;
        wrong.extend(misfits);
    }
    world.server.database.execute("UPDATE contract SET number = number - 1");

    let cells = TABLE.len() * PEOPLE.len();
    println!("{attempts} attempts in {cells} cells, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(world.server.database.count(made), before, "nobody has made an environment");
    keys_are_good_where_they_should_be(&world).await;
}

/// Makes the attempts for a cell, and returns their number and those with another result.
async fn cell(world: &World, row: &Row, who: &Person, answer: Answer) -> (usize, Vec<String>) {
    let at = format!("{:?} × {}: {answer:?}", row.promise, who.name);
    let tried = world.attempt(row.promise, who).await;
    if (answer == Answer::Nothing) != tried.is_empty() {
        return (tried.len(), vec![format!("{at}: {} attempts", tried.len())]);
    }
    // For this cell, somebody must get in, because otherwise the API would have nothing to check.
    let let_in = tried.iter().any(|tried| tried.got.is_let_in());
    if (answer == Answer::SecondLook) != let_in {
        return (tried.len(), vec![format!("{at}: somebody is let in: {let_in}")]);
    }
    let misfits = tried.iter().filter(|tried| !answer.fits(&tried.got));
    (tried.len(), misfits.map(|tried| format!("{at}: {}", tried.case)).collect())
}

/// If they were not, their refusal elsewhere would prove nothing.
async fn keys_are_good_where_they_should_be(world: &World) {
    for who in world.people.iter().filter(|who| who.file.is_right()) {
        for key in &who.keys {
            let call = match key.what {
                What::Roaming => Call::of("GET", "/files/1"),
                What::Lifted => Call::read().told_as(&[]),
                What::Kept => Call::read(),
                _ if key.lives() => Call::read(),
                _ => continue,
            };
            let call = call.coming_from(Some(INSIDE));
            for tried in world.ask(File::Right, &key.home, key, &call).await {
                assert!(tried.got.is_let_in(), "{}", tried.case);
            }
        }
    }
}
