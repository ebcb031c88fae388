-- Asks Keyrack about a call, and lets it go on with its identity or answers it as Keyrack did. Change my-blog/prod:
-- the project and environment whose keys this API accepts, by name or ID. Write them literally; never take them
-- from the call (its host, a part of its path).

local KEYRACK = "http://127.0.0.1:8404/v1/verify/my-blog/prod"
local IDENTITY = { "x-key-id", "x-key-kind", "x-project-id", "x-environment", "x-user-group", "x-user-id" }
-- The headers that Keyrack needs. It does not get any others.
local ASKED = {
    "x-api-key", "authorization", "origin", "sec-fetch-site",
    "x-http-method-override", "x-http-method", "x-method-override",
}
local KEPT = { "content-type", "www-authenticate", "retry-after", "cache-control", "x-ratelimit-limit", "x-ratelimit-remaining" }
local AWAY = '{"statusCode":503,"error":"UNAVAILABLE","message":"Keys can\'t be checked right now. Try again in a moment."}'

local function refuse(txn, status, headers, body)
    headers["content-length"] = { tostring(#body) }
    if txn.sf:method() == "HEAD" then
        body = ""
    end
    txn:done(txn:reply({ status = status, headers = headers, body = body }))
end

local function away(txn)
    refuse(txn, 503, { ["content-type"] = { "application/json" }, ["cache-control"] = { "no-store" }, ["retry-after"] = { "1" } }, AWAY)
end

core.register_action("keyrack", { "http-req" }, function(txn)
    local came = txn.http:req_get_headers()
    local headers = {
        ["x-original-method"] = { txn.sf:method() },
        ["x-original-uri"] = { txn.sf:pathq() },
        -- If Keyrack runs with --forwarded-header forwarded, write this (with an IPv6 address in brackets):
        -- ["forwarded"] = { 'for="' .. txn.sf:src() .. '"' }
        ["x-forwarded-for"] = { txn.sf:src() },
    }
    for _, name in ipairs(ASKED) do
        -- All values are passed on: two keys are refused, and passing on only one of them would hide that.
        if came[name] then
            local values = {}
            for i = 0, #came[name] do
                values[#values + 1] = came[name][i]
            end
            headers[name] = values
        end
    end
    local answer = core.httpclient():get({ url = KEYRACK, headers = headers, timeout = 950 })
    if answer == nil or answer.headers == nil then
        return away(txn)
    end
    if answer.status == 200 then
        for _, name in ipairs(IDENTITY) do
            -- Keyrack always sends all of them. If one is missing, something else answered.
            if not answer.headers[name] then
                return away(txn)
            end
            txn.http:req_set_header(name, answer.headers[name][0])
        end
        return
    end
    -- Only Keyrack answers 401, 403, 429 and 503 in JSON.
    local kind = answer.headers["content-type"]
    if not kind or kind[0] ~= "application/json" then
        return away(txn)
    end
    local kept = {}
    for _, name in ipairs(KEPT) do
        if answer.headers[name] then
            kept[name] = { answer.headers[name][0] }
        end
    end
    refuse(txn, answer.status, kept, answer.body)
end)
