//! One search box for both cards: the beginning of a name, or of a mask.

use super::{DEV, create, list::fill, names};
use crate::support::Server;

#[tokio::test]
async fn it_finds_the_beginning_of_a_name_in_any_case_and_unicode_form() {
    let server = Server::start().await;
    let ada = server.ada().await;
    fill(&server.database, "secret", 9);
    for (kind, name) in
        [("secret", "Éclair-Server"), ("publishable", "éclair-app"), ("publishable", "an éclair")]
    {
        create(&ada, kind, name).await.expect(200);
    }
    assert!(ada.get(DEV).await.has("input[type=search][name=q]"), "twelve keys in all");
    for typed in ["éclair", "ÉCLAIR", "e\u{301}clair", "  Écl  "] {
        let found = ada.post(&format!("{DEV}/search"), &[("q", typed)]).await.expect(303);
        assert!(found.location().starts_with(&format!("{DEV}?q=")), "{}", found.location());
        let page = ada.get(found.location()).await.expect(200);
        assert_eq!(
            (names(&page, "secret"), names(&page, "publishable")),
            (vec!["Éclair-Server".to_owned()], vec!["éclair-app".to_owned()])
        );
        assert_eq!(page.attribute("#q", "value"), typed.trim());
    }
    let page = ada.get(&format!("{DEV}?q=nothing-like-it")).await.expect(200);
    assert_eq!(page.text("#secret .empty strong"), "No secret key matches “nothing-like-it”.");
    assert_eq!(page.attribute("#secret .empty a", "href"), DEV);
    assert_eq!(ada.post(&format!("{DEV}/search"), &[("q", " ")]).await.expect(303).location(), DEV);
}

#[tokio::test]
async fn it_finds_a_mask_or_its_beginning() {
    let server = Server::start().await;
    let ada = server.ada().await;
    create(&ada, "publishable", "other").await.expect(200);
    let key = create(&ada, "secret", "server-key").await.expect(200).text("#new-key");
    let mask = format!("{}••••••••{}", &key[..7], &key[63..]);
    for typed in [mask.as_str(), &mask[..7], &key[..7].to_uppercase(), &format!(" {mask} ")] {
        let found = ada.post(&format!("{DEV}/search"), &[("q", typed)]).await.expect(303);
        let page = ada.get(found.location()).await;
        assert_eq!(
            (names(&page, "secret"), names(&page, "publishable")),
            (vec!["server-key".to_owned()], vec![]),
            "{typed}"
        );
    }
}

#[tokio::test]
async fn wild_cards_are_plain_text() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for name in ["100% sure", "100 percent", "a_b", "axb", "back\\slash", "[a-z]*"] {
        create(&ada, "secret", name).await.expect(200);
    }
    for (typed, found) in [
        ("100%", vec!["100% sure"]),
        ("%", vec![]),
        ("_", vec![]),
        ("a_", vec!["a_b"]),
        ("back\\", vec!["back\\slash"]),
        ("[a", vec!["[a-z]*"]),
        ("*", vec![]),
        ("'", vec![]),
    ] {
        let answer = ada.post(&format!("{DEV}/search"), &[("q", typed)]).await.expect(303);
        assert_eq!(names(&ada.get(answer.location()).await, "secret"), found, "{typed}");
    }
}

#[tokio::test]
async fn a_full_key_is_reduced_to_its_mask_before_it_stands_in_an_address() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let key = create(&ada, "secret", "server-key").await.expect(200).text("#new-key");
    create(&ada, "secret", "other").await.expect(200);
    for typed in
        [key.to_uppercase(), key[3..].to_owned(), format!("{}\u{12}{}", &key[..9], &key[9..])]
    {
        let answer = ada.post(&format!("{DEV}/search"), &[("q", &typed)]).await.expect(303);
        assert!(!answer.location().to_lowercase().contains(&key[7..63]), "{}", answer.location());
        let page = ada.get(answer.location()).await.expect(200);
        assert_eq!(names(&page, "secret"), ["server-key"]);
        assert_eq!(page.attribute("#q", "value"), format!("{}••••••••{}", &key[..7], &key[63..]));
    }
}

#[tokio::test]
async fn a_full_key_in_an_address_does_not_stay_there() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let key = create(&ada, "secret", "server-key").await.expect(200).text("#new-key");
    for written in
        [key.clone(), key.replace('_', "%5F"), format!("%73{}", &key[1..]), key[2..].to_owned()]
    {
        let answer = ada.get(&format!("{DEV}?q={written}")).await.expect(303);
        assert!(!answer.location().contains(&key[7..63]), "{}", answer.location());
        assert_eq!(names(&ada.get(answer.location()).await, "secret"), ["server-key"]);
        // Nor does it go on through sign-in.
        let answer = server.anonymous().get(&format!("{DEV}?q={written}")).await.expect(303);
        assert!(!answer.location().contains(&key[7..63]), "{}", answer.location());
    }
}

#[tokio::test]
async fn pages_of_a_search_keep_it() {
    let server = Server::start().await;
    let ada = server.ada().await;
    fill(&server.database, "secret", 130);
    create(&ada, "secret", "another").await.expect(200);
    let page = ada.get(&format!("{DEV}?q=key+1")).await;
    assert!(
        page.text("#secret footer").starts_with("1–42 of 42"),
        "{}",
        page.text("#secret footer")
    );
    let page = ada.get(&format!("{DEV}?q=key")).await;
    assert!(page.text("#secret footer").starts_with("1–50 of 130"));
    let older = page.attribute("#secret footer a", "href");
    assert_eq!(older, format!("{DEV}?q=key&page=2&kind=secret#secret"));
    assert!(ada.get(&older).await.text("#secret footer").starts_with("51–100 of 130"));
}
