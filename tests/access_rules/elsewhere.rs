//! Paths outside the base path: who may call them, and which paths don't count as outside.

use super::{DEV, RULES, assert_forbidden, behind_a_gateway, call, original};

/// Other spellings of the base path, each of which some API reads as the base path.
pub const SPELLINGS: [&str; 36] = [
    "/v1/data%20/users/1",
    "/v1/%20data/users/1",
    "/v1/data./users/1",
    "/v1/data../users/1",
    "/v1/.data/users/1",
    "/v1/data%2e/users/1",
    "/v1/data+/users/1",
    "/v1/data%c2%a0/users/1",
    "/v1/data%e3%80%80/users/1",
    "/v1/data%e1%9a%80/users/1",
    "/v1/data%e2%80%a9/users/1",
    "/v1/DATA/users/1",
    "/V1/Data/users/1",
    "/v1/%64ata/users/1",
    "/%761/data/users/1",
    "/v1/%ef%bd%84ata/users/1",
    "/v1/%ef%bd%84%ef%bd%81%ef%bd%94%ef%bd%81/users/1",
    "/%ef%bd%961/data/users/1",
    "/v%c2%b9/data/users/1",
    "/v1/%e2%93%93ata/users/1",
    "/v1/%f0%9d%90%9data/users/1",
    "/v1/d%c4%81ta/users/1",
    "/v1/da%cc%81ta/users/1",
    "/v1/data%e2%80%8b/users/1",
    "/v1/%e2%80%8bdata/users/1",
    "/v1/da%e2%80%8cta/users/1",
    "/v1/data%ef%bb%bf/users/1",
    "/v1/da%c2%adta/users/1",
    "/v1/data%e2%81%a0/users/1",
    "/v1/data%ef%b8%8f/users/1",
    "/v1/data%f3%a0%81%a1/users/1",
    "/v1/%e2%80%aedata/users/1",
    "/v1%ef%bc%8fdata/users/1",
    "/v1/files/%ef%bc%8e%ef%bc%8e/data/users/1",
    "/v1/files/..%e2%80%8b/data/users/1",
    "/v1/data.json",
];

#[tokio::test]
async fn the_setting_says_who_may_call_other_paths() {
    let server = behind_a_gateway().await;
    let ada = server.ada().await;
    let (web, _) = ada.create_key(DEV, "publishable", "web").await;
    let (secret, _) = ada.create_key(DEV, "secret", "server-key").await;
    let scoped = ada.create_narrowed(DEV, "secret", "ci", &[("scopes", "posts:*")]).await;
    const SECRET_ONLY: &str = "Outside /v1/data only secret keys without scopes are accepted.";
    const NOBODY: &str = "Outside /v1/data no API key is accepted.";
    let default = ada.get(RULES).await.texts("#elsewhere option[selected]");
    assert_eq!(default, ["Only secret keys without scopes"]);
    for (elsewhere, refused, message) in [
        (None, &[&web, &scoped][..], SECRET_ONLY),
        (Some("everybody"), &[], ""),
        (Some("secret-keys"), &[&web, &scoped], SECRET_ONLY),
        (Some("nobody"), &[&web, &scoped, &secret], NOBODY),
    ] {
        if let Some(elsewhere) = elsewhere {
            let mut rights = vec![("elsewhere", elsewhere), ("refuse_browsers", "on")];
            let groups = ["guest-read", "admin-read", "admin-list", "admin-create"];
            rights.extend(groups.map(|right| (right, "on")));
            rights.extend([("admin-update", "on"), ("admin-delete", "on")]);
            ada.save_rules(RULES, &rights).await.expect(303);
        }
        for key in [&web, &secret, &scoped] {
            for (method, uri) in [("GET", "/files/1"), ("DELETE", "/"), ("PROPFIND", "/v1/x")] {
                let page = original(&server, key, method, uri).await;
                if refused.contains(&key) {
                    assert_forbidden(&page, "PERMISSION_DENIED", message, uri);
                } else {
                    assert_eq!(page.status, 200, "{elsewhere:?} {method} {uri}: {}", page.body);
                }
            }
        }
        // If nobody may call other paths, every key needs a known request.
        let unknown = call(&server, &secret, &[]).await.status;
        assert_eq!(unknown.as_u16(), if refused.contains(&&secret) { 403 } else { 200 });
    }
    let told = ada.get("/projects/my-blog/activity").await.texts("td.name");
    assert!(told[0].contains("open to no one outside the base path"), "{}", told[0]);
    assert!(told[1].contains("open to secret keys without scopes outside"), "{}", told[1]);
    assert!(told[2].contains("open to everyone outside the base path"), "{}", told[2]);
    ada.save_rules(RULES, &[("elsewhere", "somebody")]).await.expect(400);
}

#[tokio::test]
async fn no_spelling_of_the_base_path_gets_a_call_past_the_rules() {
    let server = behind_a_gateway().await;
    let ada = server.ada().await;
    let (web, _) = ada.create_key(DEV, "publishable", "web").await;
    let scoped = ada.create_narrowed(DEV, "secret", "ci", &[("scopes", "posts:*")]).await;
    let (secret, _) = ada.create_key(DEV, "secret", "server-key").await;
    // Everybody may call other paths, and guests may do nothing under the base path.
    let rights: Vec<_> = ["read", "list", "create", "update", "delete"]
        .map(|what| (format!("admin-{what}"), "on"))
        .into_iter()
        .collect();
    let mut fields = vec![("elsewhere", "everybody")];
    fields.extend(rights.iter().map(|(right, on)| (right.as_str(), *on)));
    ada.save_rules(RULES, &fields).await.expect(303);
    for uri in SPELLINGS {
        for key in [&web, &scoped] {
            let page = original(&server, key, "GET", uri).await;
            let message = "some servers take it for another path";
            assert_forbidden(&page, "PERMISSION_DENIED", message, uri);
        }
        // It may do everything, whatever the path is.
        assert_eq!(original(&server, &secret, "GET", uri).await.status, 200, "{uri}");
    }
    for uri in ["/v1/files/a%20b", "/v1/database/1", "/V1/files", "/v1/files/caf%c3%a9.pdf"] {
        assert_eq!(original(&server, &web, "GET", uri).await.status, 200, "{uri}");
    }
    for (base, uri) in [("/tasks", "/tas%e2%84%aas/1"), ("/tasks", "/ta%c5%bfks/1")] {
        let fields = [("base_path", base), ("elsewhere", "everybody"), ("admin-read", "on")];
        ada.save_rules(RULES, &fields).await.expect(303);
        assert_eq!(original(&server, &web, "GET", uri).await.status, 403, "{uri}");
    }
}
