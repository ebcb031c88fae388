//! The environment variables from which options come.

/// Treats options whose variable is set but empty as not given, because container files often set
/// variables that way. The URL of the database is the exception: an empty one is refused, because
/// the default in its place would be another, empty database.
pub fn without_empty_variables(command: clap::Command) -> clap::Command {
    command.mut_args(|option| {
        let is_empty =
            |variable| std::env::var(variable).is_ok_and(|value| value.trim().is_empty());
        if option.get_id() != "database_url" && option.get_env().is_some_and(is_empty) {
            option.env(None::<&str>)
        } else {
            option
        }
    })
}

/// The variables of options that have white space around their value. Options ignore it, but
/// whoever set them should know.
pub fn padded_variables(command: &clap::Command) -> Vec<String> {
    let names = command.get_arguments().filter_map(|option| option.get_env()?.to_str());
    let is_padded =
        |name: &&str| std::env::var(name).is_ok_and(|value| value.trim().len() < value.len());
    names.filter(is_padded).map(str::to_owned).collect()
}

/// Variables of ours that are not options. `telemetry` reads them.
const OTHER_VARIABLES: [&str; 2] = ["KEYRACK_LOG", "KEYRACK_LOG_FORMAT"];

/// The variables that begin with `KEYRACK_` but mean nothing. Most likely they are misspelt, so
/// that what they should set is not set.
pub fn unknown_variables(command: &clap::Command) -> Vec<String> {
    let set: Vec<String> =
        std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
    let options: Vec<&str> =
        command.get_arguments().filter_map(|option| option.get_env()?.to_str()).collect();
    set.iter()
        .filter(|name| name.starts_with("KEYRACK_"))
        .filter(|name| !options.contains(&name.as_str()))
        .filter(|name| !OTHER_VARIABLES.contains(&name.as_str()))
        .filter(|name| !is_of_kubernetes(name, &set))
        .cloned()
        .collect()
}

/// Whether Kubernetes sets this variable for a service: for one called `keyrack`, or for one like
/// `keyrack-postgres`, which has `KEYRACK_POSTGRES_SERVICE_HOST`.
/// <https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>
fn is_of_kubernetes(name: &str, set: &[String]) -> bool {
    let of = |service: &str| {
        let rest = name.strip_prefix(service);
        rest.is_some_and(|rest| rest.starts_with("_SERVICE_") || rest.starts_with("_PORT"))
    };
    of("KEYRACK") || set.iter().filter_map(|name| name.strip_suffix("_SERVICE_HOST")).any(of)
}
