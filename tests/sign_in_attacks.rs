//! Signing in during an attack from many addresses, in networks of any size: whom that keeps out,
//! and how often the attackers can guess.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::{Method, RequestBuilder};

use crate::support::{Anonymous, PASSWORD, Page, Server};

const ADA: &str = "ada@example.com";
const WRONG: &str = "not-the-password-9";
/// So that a test can come from any address.
const BEHIND_A_PROXY: &[&str] = &["--trusted-proxy", "127.0.0.1"];

fn request(address: &str, visitor: &Anonymous, email: &str, password: &str) -> RequestBuilder {
    visitor
        .request(Method::POST, "/sign-in")
        .header("X-Forwarded-For", address)
        .form(&[("email", email), ("password", password)])
}

async fn sign_in_from(address: &str, visitor: &Anonymous, email: &str, password: &str) -> Page {
    Page::of(request(address, visitor, email, password).send().await.unwrap()).await
}

/// Clients that never stop to guess, each from an address of its own, at accounts that
/// `account` names. Gives how many guesses were looked at.
struct Attack {
    stop: Arc<AtomicBool>,
    looks: Arc<AtomicUsize>,
    clients: Vec<tokio::task::JoinHandle<()>>,
}

impl Attack {
    fn begin(server: &Server, addresses: Vec<String>, account: fn(usize) -> String) -> Self {
        let (stop, looks) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let clients = addresses.into_iter().map(|address| {
            let (stop, looks, visitor) = (stop.clone(), looks.clone(), server.anonymous());
            tokio::spawn(async move {
                for number in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let request = request(&address, &visitor, &account(number), WRONG);
                    match request.send().await.map(|answer| answer.status().as_u16()) {
                        Ok(422) => drop(looks.fetch_add(1, Ordering::Relaxed)),
                        // Not to take the processor from the server.
                        Ok(429) => tokio::time::sleep(Duration::from_millis(20)).await,
                        Ok(other) => panic!("{other}"),
                        Err(_) => {} // so many connections are more than this machine likes
                    }
                }
            })
        });
        let clients = clients.collect();
        Self { stop, looks, clients }
    }

    async fn end(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.await.unwrap();
        }
        self.looks.load(Ordering::Relaxed)
    }
}

fn at_somebody(number: usize) -> String {
    format!("user{number}@example.com")
}

#[tokio::test]
async fn twenty_clients_of_one_48_do_not_keep_the_owner_out() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    server.user("Ada", ADA);
    // Four connections each, as one machine with a script has them.
    let addresses = (0..80).map(|client| format!("2001:db8:1:{:x}::{client}", client % 20));
    let attack = Attack::begin(&server, addresses.collect(), at_somebody);
    for _ in 0..40 {
        sign_in_from("198.51.100.7", &server.anonymous(), ADA, PASSWORD).await.expect(303);
    }
    assert!(attack.end().await <= 200, "what the whole network gets");
}

#[tokio::test]
async fn a_network_guesses_at_one_account_no_more_often_for_its_many_addresses() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    server.user("Ada", ADA);
    let looks = async |addresses: Vec<String>| {
        let mut looks = 0;
        for address in addresses {
            match sign_in_from(&address, &server.anonymous(), ADA, WRONG).await.status.as_u16() {
                422 => looks += 1,
                429 => {}
                other => panic!("{other}"),
            }
        }
        looks
    };
    let home = (0..16).map(|net| format!("2001:db8:2:{net:x}::1")).collect();
    assert_eq!(looks(home).await, 10, "a /56");
    let site = (0..40).map(|net| format!("2001:db8:2:{net:x}00::1")).collect();
    assert_eq!(looks(site).await, 10, "ten more of the /48");
    sign_in_from("2001:db8:2:ffff::1", &server.anonymous(), ADA, PASSWORD).await.expect(429);
    sign_in_from("2001:db8:3::1", &server.anonymous(), ADA, PASSWORD).await.expect(303);
}

#[tokio::test]
async fn a_network_guesses_at_all_accounts_so_often_however_many_addresses_it_has() {
    let server = Server::start_with(BEHIND_A_PROXY).await;
    server.user("Ada", ADA);
    let visitor = server.anonymous();
    let mut number = 0;
    // From as many /64 of this /56 as it takes.
    let mut looks = async |home: u8| {
        for look in 0.. {
            number += 1;
            let address = format!("2001:db8:4:{home:x}{:02x}::1", look / 40);
            let page = sign_in_from(&address, &visitor, &at_somebody(number), WRONG).await;
            match page.status.as_u16() {
                422 => {}
                429 => return look,
                other => panic!("{other}"),
            }
        }
        0
    };
    assert_eq!((looks(1).await, looks(2).await, looks(3).await), (100, 100, 0), "two /56, one /48");
    sign_in_from("2001:db8:4:ffff::1", &server.anonymous(), ADA, PASSWORD).await.expect(429);
    sign_in_from("2001:db8:5::1", &server.anonymous(), ADA, PASSWORD).await.expect(303);
}
