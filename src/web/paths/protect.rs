//! The addresses of *Protect your API*.

pub(crate) fn protect(project: &str, environment: &str) -> String {
    format!("/projects/{project}/{environment}/protect")
}

pub(crate) fn protect_live(project: &str, environment: &str) -> String {
    format!("{}/live", protect(project, environment))
}
