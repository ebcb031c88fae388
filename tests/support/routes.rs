//! The addresses of the dashboard, from its table of routes.

use std::collections::BTreeSet;

/// All addresses that accept this method.
pub fn that_take(method: &str) -> BTreeSet<String> {
    keyrack::web::addresses()
        .into_iter()
        .filter(|(_, methods)| methods.split(", ").any(|one| one == method))
        .map(|(address, _)| address)
        .collect()
}

/// The address in the table that a path belongs to. The first that matches counts, as in actix.
pub fn row_of(path: &str) -> Option<String> {
    let path: Vec<&str> = path.split('?').next()?.split('/').collect();
    keyrack::web::addresses().into_iter().map(|(address, _)| address).find(|address| {
        let parts: Vec<&str> = address.split('/').collect();
        let fits = |(part, at): (&&str, &&str)| part.starts_with('{') || part == at;
        parts.len() == path.len() && parts.iter().zip(&path).all(fits)
    })
}
