/* Stories of a program that ends and is started again, in virtual time. */
#include <stdio.h>
#include <string.h>

#include "story_test.h"

static unsigned cseq_of(const char *request) {
    const char *found = strstr(request, "\r\nCSeq: ");
    unsigned cseq = 0;

    assert_non_null(found);
    assert_int_equal(sscanf(found, "\r\nCSeq: %u", &cseq), 1);
    return cseq;
}

static bool has(const char *part) {
    return strstr(w.last_request, part) != NULL;
}

static hf_account_id restart(struct hf_settings *settings, const struct hf_remembered *remembered) {
    world_restart(&w);
    return world_restore(&w, settings, remembered);
}

static void test_memory__continues_the_binding_with_one_request(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", "expires=600", NULL));
    const struct hf_remembered before = world_remember(&w, a);
    unsigned cseq = cseq_of(w.last_request), registers = w.servers[0].registers;

    (void)state;
    run_for(&w, 60 * HF_SECOND);
    a = restart(world_settings("generic", "expires=600", NULL), &before);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(w.servers[0].registers, registers + 1); /* the nonce still holds */
    assert_true(has(before.call_id));
    assert_int_equal(cseq_of(w.last_request), cseq + 1001);
    assert_true(has("nc=00000042")); /* 1 used, 64 left out */
}

static void test_memory__of_a_stale_nonce_is_challenged_anew(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", "expires=3600", NULL));
    const struct hf_remembered before = world_remember(&w, a);

    (void)state;
    run_for(&w, 900 * HF_SECOND); /* the registrar's nonces live 300 s */
    a = restart(world_settings("generic", "expires=3600", NULL), &before);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(count_events(&w, HF_EVENT_REGISTRATION_FAILED), 0);
}

static void test_memory__says_what_is_bound(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", "expires=600", NULL));
    struct hf_remembered now = world_remember(&w, a);

    (void)state;
    world_text_out(now.bindings[0].contact, sizeof now.bindings[0].contact);
    assert_non_null(strstr(now.bindings[0].contact, "sip:alice@198.51.100.1:40000;line="));
    assert_int_equal(now.bindings[0].target.ip[3], 1);
    assert_int_equal(now.bindings[0].target.port, 5060);
    assert_int_equal(now.bindings[0].local.port, 40000);
    assert_true(now.bindings[0].ends_at == w.now + 600 * HF_SECOND);
    assert_string_equal(now.bindings[1].contact, "");
    assert_string_equal(now.challenge.qop, "auth");
    assert_int_equal(now.challenge.nonce_count, 1);
    assert_int_equal(now.cseq, 2);
    hf_agent_unregister(w.agent, a, w.now);
    run_for(&w, HF_SECOND);
    now = world_remember(&w, a);
    assert_string_equal(now.bindings[0].contact, "");
}

static void test_changed__is_told_once_and_never_of_removed_accounts(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", "expires=600", NULL));
    hf_account_id b = world_add(&w, world_settings("generic", "user=bob", "password=pw-bob", NULL));
    hf_account_id id;
    uint64_t tag;

    (void)state;
    assert_true(hf_agent_next_changed(w.agent, &id, &tag));
    assert_true(id == a && tag == 1);
    hf_agent_remove_account(w.agent, b, w.now);
    run_for(&w, HF_SECOND);
    assert_false(hf_agent_next_changed(w.agent, &id, &tag));
    run_for(&w, 600 * HF_SECOND);
    assert_true(hf_agent_next_changed(w.agent, &id, &tag));
    assert_true(id == a);
    assert_false(hf_agent_next_changed(w.agent, &id, &tag));
}

static void test_memory__leads_back_to_the_second_server(void **state) {
    static const char second[] = "servers[2].address=192.0.2.2";
    struct hf_remembered before;
    unsigned tried;

    (void)state;
    server_refuses(&w, 0);
    hf_account_id a = world_add(&w, world_settings("generic", "expires=600", second, NULL));
    before = world_remember(&w, a);
    assert_int_equal(before.bindings[0].hop, 1);
    server_up(&w, 0);
    tried = w.servers[0].received;
    a = restart(world_settings("generic", "expires=600", second, NULL), &before);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(w.servers[0].received, tried);
    assert_int_equal(bindings_at(&w, 1), 1);
    /* the target is no candidate any more: as usual */
    before = world_remember(&w, a);
    a = restart(world_settings("generic", "servers[2].address=192.0.2.3", NULL), &before);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(bindings_at(&w, 2), 0);
}

static void test_memory__of_an_ended_binding_begins_as_usual_with_the_same_call_id(void **state) {
    static const char second[] = "servers[2].address=192.0.2.2";
    struct hf_remembered before;

    (void)state;
    server_refuses(&w, 0);
    hf_account_id a = world_add(&w, world_settings("generic", "expires=60", second, NULL));
    before = world_remember(&w, a);
    server_up(&w, 0);
    w.now += 61 * HF_SECOND;
    restart(world_settings("generic", "expires=60", second, NULL), &before);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_true(has(before.call_id));
}

static void test_memory__that_is_damaged_is_refused(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", NULL));
    const struct hf_remembered good = world_remember(&w, a);
    struct hf_settings *settings = world_settings("generic", NULL);
    struct hf_remembered bad[12];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        bad[i] = good;
    memset(bad[0].call_id, 'a', sizeof bad[0].call_id);
    bad[1].call_id[3] = 'Z';
    bad[2].cseq = 0x80000000u;
    memset(bad[3].bindings[0].contact, 'a', sizeof bad[3].bindings[0].contact);
    strcpy(bad[4].bindings[0].contact, "sip:alice@x>\r\nEvil: yes");
    bad[5].bindings[0].target.family = 5;
    bad[6].bindings[0].transport = 9;
    strcpy(bad[7].challenge.nonce, "\"abc\", evil=\"x\"");
    strcpy(bad[8].challenge.realm, "\"abc\r\n\"");
    bad[9].challenge.server = 1000;
    memset(bad[10].challenge.qop, 'a', sizeof bad[10].challenge.qop);
    strcpy(bad[11].bindings[1].contact, "no uri");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (hf_agent_restore_account(w.agent, settings, 1, &bad[i], &a, w.now) != HF_ERROR_RANGE)
            fail_msg("memory %zu was believed", i);
    hf_settings_free(settings);
}

static void test_memory__of_another_user_is_left_aside(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", NULL));
    const struct hf_remembered before = world_remember(&w, a);

    (void)state;
    restart(world_settings("generic", "user=bob", "password=pw-bob", NULL), &before);
    assert_false(has(before.call_id));
    assert_int_equal(cseq_of(w.last_request), 2);
}

static void test_memory__too_old_ends_in_a_new_call_id(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", "retry=5", NULL));
    const struct hf_remembered before = world_remember(&w, a);

    (void)state;
    strcpy(w.inject, "SIP/2.0 500 CSeq is out of order\r\n%sContent-Length: 0\r\n\r\n");
    w.inject_count = 1;
    a = restart(world_settings("generic", "retry=5", NULL), &before);
    assert_true(has(before.call_id));
    run_for(&w, 6 * HF_SECOND);
    assert_false(has(before.call_id));
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

static void test_memory__is_kept_until_the_server_answers_again(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", NULL));
    const struct hf_remembered before = world_remember(&w, a);
    struct hf_remembered after;

    (void)state;
    server_down(&w, 0);
    a = restart(world_settings("generic", NULL), &before);
    run_for(&w, HF_SECOND);
    after = world_remember(&w, a);
    assert_string_equal(after.bindings[0].contact, before.bindings[0].contact);
    assert_string_equal(after.call_id, before.call_id);
    assert_int_equal(after.cseq, before.cseq + 1001);
}

static void test_no__leaves_the_former_contact_and_instance_removes_it(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", NULL));
    struct hf_remembered before = world_remember(&w, a);

    (void)state;
    w.local_port = 41000;
    a = restart(world_settings("generic", "unregister_on_start=no", NULL), &before);
    assert_int_equal(bindings_at(&w, 0), 2); /* the old one ends by its time */
    before = world_remember(&w, a);
    w.local_port = 42000;
    restart(world_settings("generic", "unregister_on_start=instance", NULL), &before);
    assert_int_equal(bindings_at(&w, 0), 2); /* 41000 is gone, 40000 was forgotten */
    assert_true(has("@198.51.100.1:42000"));
}

static void test_instance__removes_its_contact_before_registering(void **state) {
    hf_account_id a =
        world_add(&w, world_settings("generic", "unregister_on_start=instance", NULL));
    struct hf_remembered before = world_remember(&w, a);

    (void)state;
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    /* removal, challenged; then the registration with the same nonce */
    assert_int_equal(w.servers[0].registers, 3);
    a = restart(world_settings("generic", "unregister_on_start=instance", NULL), &before);
    assert_int_equal(w.servers[0].registers, 5);
    assert_int_equal(bindings_at(&w, 0), 1);
    run_for(&w, 4 * 3600 * HF_SECOND);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 0); /* once only */
    assert_int_equal(count_events(&w, HF_EVENT_REGISTRATION_FAILED), 0);
}

static void test_families__begin_as_their_manuals_say(void **state) {
    (void)state;
    world_add(&w, world_settings("yealink", NULL));
    assert_int_equal(w.servers[0].registers, 2);
    run_for(&w, HF_SECOND);
    world_add(&w, world_settings("grandstream-gxv3370", "user=bob", "password=pw-bob", NULL));
    assert_int_equal(w.servers[0].registers, 5); /* removal first */
}

static void test_all__removes_everybodys_contacts_once(void **state) {
    (void)state;
    world_add(&w, world_settings("generic", NULL));
    run_for(&w, HF_SECOND); /* another nonce */
    world_add(&w, world_settings("generic", "local_port=41000", NULL));
    assert_int_equal(bindings_at(&w, 0), 2);
    world_restart(&w);
    run_for(&w, HF_SECOND); /* again */
    w.local_port = 42000;
    hf_account_id a = world_add(&w, world_settings("generic", "unregister_on_start=all", NULL));

    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(bindings_at(&w, 0), 1);
}

static void test_removal__that_is_not_answered_holds_nothing_up(void **state) {
    (void)state;
    server_down(&w, 0);
    hf_account_id a = world_add(
        &w, world_settings("generic", "unregister_on_start=instance", "retry_counts=3", NULL));

    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERING);
    run_for(&w, 7 * HF_SECOND);
    assert_true(has("\r\nExpires: 0\r\n"));
    run_for(&w, 1 * HF_SECOND); /* three resends and the wait after the last */
    assert_int_equal(count_events(&w, HF_EVENT_REGISTRATION_FAILED), 1);
    assert_false(has("\r\nExpires: 0\r\n"));
    server_up(&w, 0);
    run_for(&w, 5 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(count_events(&w, HF_EVENT_REGISTRATION_FAILED), 1);
}

static void test_removal__that_is_refused_holds_nothing_up(void **state) {
    static const unsigned codes[] = {400, 403, 404, 405, 423, 480, 500, 503, 603};

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        world_release(&w);
        world_init(&w);
        snprintf(w.inject, sizeof w.inject, "SIP/2.0 %u No\r\n%%sContent-Length: 0\r\n\r\n",
                 codes[i]);
        w.inject_count = 1;
        hf_account_id a = world_add(&w, world_settings("generic", "unregister_on_start=all", NULL));

        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
        assert_int_equal(count_events(&w, HF_EVENT_REGISTRATION_FAILED), 1);
        assert_int_equal(w.events[0].status, codes[i]);
    }
}

static void test_removal__interrupted_by_the_end_is_taken_up_again(void **state) {
    static const char second[] = "servers[2].address=192.0.2.2";
    struct hf_remembered before;

    (void)state;
    server_refuses(&w, 0);
    hf_account_id a = world_add(&w, world_settings("generic", "expires=600", second,
                                                   "fallback.failback=registration", NULL));
    server_up(&w, 0);
    server_down(&w, 1); /* home again, but the second server says nothing to the removal */
    while (bindings_at(&w, 0) == 0)
        run_for(&w, HF_SECOND);
    before = world_remember(&w, a);
    assert_int_equal(before.bindings[0].target.ip[3], 1);
    assert_int_equal(before.bindings[1].target.ip[3], 2);
    /* a run that is too short to get anywhere forgets nothing of it */
    server_down(&w, 0);
    a = restart(world_settings("generic", "expires=600", second, NULL), &before);
    run_for(&w, HF_MILLISECOND);
    before = world_remember(&w, a);
    assert_int_equal(before.bindings[1].target.ip[3], 2);
    server_up(&w, 0);
    server_up(&w, 1);
    assert_int_equal(bindings_at(&w, 1), 1);
    restart(world_settings("generic", "expires=600", second, NULL), &before);
    run_for(&w, HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(bindings_at(&w, 1), 0);
}

static void test_unregister__before_the_first_answer_removes_what_was_bound(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", NULL));
    const struct hf_remembered before = world_remember(&w, a);

    (void)state;
    a = restart(world_settings("generic", "register=no", NULL), &before);
    assert_int_equal(bindings_at(&w, 0), 1);
    hf_agent_unregister(w.agent, a, w.now);
    run_for(&w, HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 0);
    assert_int_equal(state_of(&w, a), HF_STATE_DISABLED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_memory__continues_the_binding_with_one_request),
        STORY(test_memory__of_a_stale_nonce_is_challenged_anew),
        STORY(test_memory__says_what_is_bound),
        STORY(test_changed__is_told_once_and_never_of_removed_accounts),
        STORY(test_memory__leads_back_to_the_second_server),
        STORY(test_memory__of_an_ended_binding_begins_as_usual_with_the_same_call_id),
        STORY(test_memory__that_is_damaged_is_refused),
        STORY(test_memory__of_another_user_is_left_aside),
        STORY(test_memory__too_old_ends_in_a_new_call_id),
        STORY(test_memory__is_kept_until_the_server_answers_again),
        STORY(test_no__leaves_the_former_contact_and_instance_removes_it),
        STORY(test_instance__removes_its_contact_before_registering),
        STORY(test_families__begin_as_their_manuals_say),
        STORY(test_all__removes_everybodys_contacts_once),
        STORY(test_removal__that_is_not_answered_holds_nothing_up),
        STORY(test_removal__that_is_refused_holds_nothing_up),
        STORY(test_removal__interrupted_by_the_end_is_taken_up_again),
        STORY(test_unregister__before_the_first_answer_removes_what_was_bound),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
