//! One real nginx for each wrong file, in front of the API of `my-blog/prod`.

use super::answer::{Answer, Tried};
use super::file::{File, hosts, unknown};
use super::table::{PEOPLE, Promise, TABLE};
use super::world::{Key, What, World};
use crate::support::gateway::{ENVIRONMENT, Gateway, NGINX};
use crate::support::raw::{self, RawAnswer};
use crate::support::{Echo, Seen};

const READ: &str = "/v1/data/posts/1";

#[tokio::test]
async fn a_real_gateway_with_a_wrong_file_lets_nobody_further_than_the_table_says() {
    let (world, api) = (World::new().await, Echo::start());
    let keyrack = world.server.origin.strip_prefix("http://").unwrap();
    for file in [&[File::Right][..], &File::WRONG].concat() {
        let (before, edits) = (api.calls(), [file.in_nginx()]);
        let gateway =
            Gateway::start_edited(NGINX, keyrack, &api.address.to_string(), &edits).await.unwrap();
        let mut let_in = 0;
        // An office's calls would have to come from there.
        let is_used = |key: &&Key| key.lives() && key.what != What::Office;
        for key in world.people[..5].iter().flat_map(|who| &who.keys).filter(is_used) {
            for request in requests(file, key) {
                let tried = ask(&world, &gateway, key, &request).await;
                let_in += usize::from(tried.got.is_let_in());
                let promised = promised(file, key);
                assert!(
                    promised.is_none_or(|answer| answer.fits(&tried.got)),
                    "{}: {promised:?}: {}\n{}",
                    file.name(),
                    tried.case,
                    gateway.log()
                );
                if file == File::Right && key.home == ENVIRONMENT && request == READ {
                    assert!(tried.got.is_let_in(), "{}", tried.case);
                }
            }
        }
        assert_eq!(api.calls() - before, let_in, "{}", file.name());
        let lets_some_in = [Promise::Environment, Promise::OtherProject]
            .iter()
            .any(|promise| of_the_table(*promise, file) == Some(Answer::SecondLook));
        assert_eq!(let_in > 0, lets_some_in || file == File::Right, "{}", file.name());
    }
}

/// What a client can do to be asked about as if this was an API of its own.
fn requests(file: File, key: &Key) -> Vec<String> {
    let mut requests = vec![READ.to_owned(), format!("/{}", key.home), format!("/{}/x", key.home)];
    if file == File::ClientsHost {
        let host = |host: &String| format!("http://{host}{READ}");
        requests = hosts(key.environment()).iter().map(host).collect();
    }
    requests
}

/// What the table says of a key in front of this API; nothing, if the key is of it.
fn promised(file: File, key: &Key) -> Option<Answer> {
    let (own, _) = ENVIRONMENT.split_once('/').unwrap();
    if key.home == ENVIRONMENT {
        return None;
    }
    let other_project = key.project() != own;
    let promise = if other_project { Promise::OtherProject } else { Promise::Environment };
    let right = if other_project { Answer::Nobodys } else { Answer::OtherEnvironment };
    Some(of_the_table(promise, file).unwrap_or(right))
}

fn of_the_table(promise: Promise, file: File) -> Option<Answer> {
    let column = PEOPLE.iter().position(|name| *name == file.name());
    column.map(|column| TABLE[promise as usize].answers[column])
}

async fn ask(world: &World, gateway: &Gateway, key: &Key, request: &str) -> Tried {
    let send = async |key: &str| {
        let head = format!("GET {request} HTTP/1.1\r\nX-API-Key: {key}");
        raw::send(&gateway.origin, head.as_bytes(), b"").await
    };
    let answer = send(&key.text).await;
    let nobodys = send(&unknown(key)).await;
    let is_nobodys = (nobodys.status, &nobodys.body) == (answer.status, &answer.body);
    let case = format!("{:?} {} {request}: {} {}", key.what, key.home, answer.status, answer.body);
    let got = world.got(ENVIRONMENT, key, &as_told_to_the_api(answer), is_nobodys);
    Tried { case, got }
}

/// The answer with the headers that the API got, if the call reached it.
fn as_told_to_the_api(answer: RawAnswer) -> RawAnswer {
    let Some(seen) = answer.header("x-seen") else { return answer };
    let seen: Seen = serde_json::from_str(seen).unwrap();
    let lines = seen.headers.iter().map(|(name, value)| format!("\r\n{name}: {value}"));
    RawAnswer { head: format!("HTTP/1.1 200 OK{}", lines.collect::<String>()), ..answer }
}
