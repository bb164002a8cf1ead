#include "file_helper.h"

#define HEAD "<?xml version=\"1.0\"?>\n<gs_provision version=\"1\"><config version=\"1\">\n"
#define TAIL "</config></gs_provision>\n"

static void test_grandstream__knows_the_irregular_numbers_of_six_accounts(void **state) {
    static const struct {
        const char *name;
        unsigned numbers[6];
        const char *value, *key, *expected;
    } cases[] = {
        {"registration", {31, 410, 510, 610, 1710, 1810}, "0", "register", "no"},
        {"expiration", {32, 412, 512, 612, 1712, 1812}, "5", "expires", "300"},
        {"before", {2330, 2430, 2530, 2630, 2730, 2830}, "12", "reregister_before", "12"},
        {"retry", {138, 471, 571, 671, 1771, 1871}, "33", "retry", "33"},
        {"unregister", {81, 411, 511, 611, 1711, 1811}, "1", "unregister_on_start", "all"},
        {"auth", {2359, 2459, 2559, 2659, 2759, 2859}, "0", "auth.on_reregister", "no"},
        {"options", {2397, 2497, 2597, 2697, 2797, 2897}, "1", "keep_alive.method", "options"},
        {"interval", {2398, 2498, 2598, 2698, 2798, 2898}, "45", "keep_alive.interval", "45"},
        {"tries", {2399, 2499, 2599, 2699, 2799, 2899}, "7", "keep_alive.max_tries", "7"},
        {"privacy", {2338, 2438, 2538, 2638, 2738, 2838}, "2", "privacy", "yes"},
        {"identity", {2339, 2439, 2539, 2639, 2739, 2839}, "1", "preferred_identity", "no"},
        {"transport", {130, 448, 548, 648, 1748, 1848}, "1", "transport", "tcp"},
        {"port", {40, 413, 513, 613, 1713, 1813}, "5071", "local_port", "5071"},
        {"scheme", {2329, 2429, 2529, 2629, 2729, 2829}, "1", "tls.scheme", "sips"},
        {"subscribe", {26051, 26151, 26251, 26351, 26451, 26551}, "2", "subscribe.expires", "120"},
        {"failover", {26040, 26140, 26240, 26340, 26440, 26540}, "2", "failback", "stay"},
        {"second", {2312, 2412, 2512, 2612, 2712, 2812}, "b:5070", "servers[2].port", "5070"},
        {"instance", {288, 489, 589, 689, 1789, 1889}, "0", "contact.instance", "no"},
        {"t1", {209, 440, 540, 640, 1740, 1840}, "100", "timer.t1", "1"},
        {"t2", {250, 441, 541, 641, 1741, 1841}, "800", "timer.t2", "8"},
        {"dns", {103, 408, 508, 608, 1708, 1808}, "2", "dns.mode", "naptr"},
    };
    static const unsigned users[] = {35, 404, 504, 604, 1704, 1804};
    static const unsigned servers[] = {47, 402, 502, 602, 1702, 1802};

    (void)state;
    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        for (size_t n = 0; n < 6; n++) {
            char text[400];
            char name[20];
            struct settings_file file;

            snprintf(text, sizeof(text), "P%u = u\nP%u = a.example\nP%u = %s\n", users[n],
                     servers[n], cases[c].numbers[n], cases[c].value);
            snprintf(name, sizeof(name), "gxv/%zu", n + 1);
            file = read_text("gxv.txt", text);
            assert_int_equal(file.format, FORMAT_GRANDSTREAM_TEXT);
            assert_int_equal(file.errors, 0);
            assert_int_equal(file.account_count, 1);
            assert_string_equal(file.accounts[0].name, name);
            assert_value(&file, 0, cases[c].key, cases[c].expected);
            settings_file_release(&file);
        }
    }
}

static void test_grandstream__each_account_has_its_port_unless_the_file_says_another(void **state) {
    struct settings_file file = read_text("gxv.txt", "P35 = a\nP47 = x.example\n"
                                                     "P404 = b\nP402 = x.example\n"
                                                     "P504 = c\nP502 = x.example\nP513 = 0\n"
                                                     "P1804 = f\nP1802 = x.example\nP1813 = 5065\n"
                                                     "P78 = 1\n");

    (void)state;
    assert_int_equal(file.account_count, 4);
    assert_value(&file, 0, "local_port", "5060");
    assert_value(&file, 0, "local_port_if_taken", "any");
    assert_value(&file, 1, "local_port", "5062");
    assert_value(&file, 2, "local_port", "0");
    assert_value(&file, 2, "local_port_if_taken", "wait");
    assert_value(&file, 3, "local_port", "5065");
    assert_value(&file, 3, "local_port_if_taken", "wait");
    assert_value(&file, 3, "random_port", "yes");
    settings_file_release(&file);
}

static void test_grandstream__no_number_means_two_things_in_one_family(void **state) {
    (void)state;
    for (int family = FAMILY_GXV3370; family <= FAMILY_GRP; family++) {
        unsigned char seen[65536] = {0};

        for (int id = 0; id < SETTING_COUNT; id++) {
            const struct setting_key *key = settings_table[id].grandstream;

            for (; key && (key->name || key->p[0]); key++) {
                if (key->families && !(key->families >> family & 1))
                    continue;
                for (size_t i = 0; i < 6; i++) {
                    if (key->p[i] && seen[key->p[i]]++)
                        fail_msg("P%u of %s is taken", key->p[i], settings_table[id].name);
                }
            }
        }
    }
}

static void test_grandstream__p2359_depends_on_the_family(void **state) {
    static const char gxv[] = "# GXV3370\nP35 = u\nP47 = a\nP2359 = 0\n";
    static const char grp[] = "# GRP2614\nP35 = u\nP47 = a\nP2359 = 1\n";
    struct settings_file a = read_text("a.txt", gxv);
    struct settings_file b = read_text("b.txt", grp);

    (void)state;
    assert_int_equal(a.family, FAMILY_GXV3370);
    assert_value(&a, 0, "auth.on_reregister", "no");
    assert_value(&a, 0, "auth.on_initial", "no");
    assert_value(&a, 0, "unregister_on_start", "instance");
    assert_int_equal(b.family, FAMILY_GRP);
    assert_value(&b, 0, "auth.on_reregister", "yes");
    assert_value(&b, 0, "auth.on_initial", "yes");
    assert_value(&b, 0, "unregister_on_start", "no");
    settings_file_release(&a);
    settings_file_release(&b);
}

static void test_grandstream__family_can_be_asked_for(void **state) {
    struct settings_read_options how = {.family = "grandstream-gsc35xx"};
    struct settings_file file;

    (void)state;
    assert_int_equal(
        settings_file_read(&file, "a.txt", SLICE("# GRP2614\nP35 = u\nP47 = a\n"), &how), 0);
    assert_string_equal(hf_settings_family(file.accounts[0].settings), "grandstream-gsc35xx");
    settings_file_release(&file);
    how.family = "nokia";
    assert_int_equal(settings_file_read(&file, "a.txt", SLICE("P35 = u\n"), &how),
                     HF_ERROR_UNKNOWN);
    settings_file_release(&file);
}

static void test_grandstream__reads_both_versions_of_xml(void **state) {
    struct settings_file one = read_text(
        "cfg000b82.xml", HEAD "<P35> 1001 </P35>\n<P47>pbx.example.com:5062 </P47>\n"
                              "<P34>a&amp;b&lt;</P34>\n<P32>2</P32><P2312></P2312>\n" TAIL);
    struct settings_file two =
        read_text("cfg.xml", "\n\n<?xml version=\"1.0\"?>\n<gs_provision><config version=\"2\">\n"
                             "<item name=\"account.12.sip.userid\">1012</item>\n"
                             "<item name=\"account.12.sip.server.1.address\">pbx</item>\n"
                             "<item name=\"account.12.sip.transport\">TlsOrTcp</item>\n"
                             "<item name=\"account.12.sip.timer.t1\">0.5sec</item>\n"
                             "<item name=\"account.12.sip.timer.t2\">16</item>\n"
                             "<item name=\"account.12.network.dnsMode\">NaprtOrSrv</item>\n" TAIL);

    (void)state;
    assert_int_equal(one.errors, 0);
    assert_value(&one, 0, "user", "1001");
    assert_value(&one, 0, "servers[1].port", "5062");
    assert_value(&one, 0, "password", "a&b<");
    assert_value(&one, 0, "expires", "120");
    assert_int_equal(settings_server_count(one.accounts[0].settings), 1);
    assert_string_equal(two.accounts[0].name, "cfg/12");
    assert_value(&two, 0, "transport", "tls");
    assert_value(&two, 0, "timer.t1", "0.5");
    assert_value(&two, 0, "dns.mode", "naptr");
    settings_file_release(&one);
    settings_file_release(&two);
}

static void test_grandstream__reads_names_in_nested_elements(void **state) {
    struct settings_file file = read_text(
        "gsc.xml", "<gs_provision><config version=\"2\">\n"
                   "<item name=\"account.1.sip.subscriber\"><part name=\"userid\">u</part>"
                   "<part name=\"password\">p</part></item>\n"
                   "<item name=\"account.1\"><part name=\"sip.server.1\">"
                   "<part name=\"address\">pbx</part></part></item>\n" TAIL);

    (void)state;
    assert_no_complaint(&file);
    assert_value(&file, 0, "user", "u");
    assert_value(&file, 0, "password", "p");
    assert_value(&file, 0, "servers[1].address", "pbx");
    settings_file_release(&file);
}

static void test_grandstream__a_new_address_forgets_the_port_of_the_old_one(void **state) {
    struct settings_file file = read_text("a.txt", "P35 = u\nP47 = a:5070\nP47 = b\n");

    (void)state;
    assert_said(&file, 3, SEVERITY_WARNING, "overrides line 2");
    assert_value(&file, 0, "servers[1].address", "b");
    assert_value(&file, 0, "servers[1].port", "0");
    settings_file_release(&file);
}

static void test_grandstream__a_failover_server_is_not_a_secondary_one(void **state) {
    struct settings_file second = read_text("a.txt", "P35 = u\nP47 = a\nP2312 = b\n");
    struct settings_file failover = read_text("a.txt", "P35 = u\nP47 = a\nP967 = b\nP4567 = 2\n");

    (void)state;
    assert_value(&second, 0, "redundancy", "concurrent");
    assert_value(&failover, 0, "redundancy", "successive");
    assert_value(&failover, 0, "fallback.failback", "probe");
    assert_value(&failover, 0, "servers[2].address", "b");
    settings_file_release(&second);
    settings_file_release(&failover);
}

static void test_grandstream__errors_name_number_value_and_range(void **state) {
    struct settings_file file =
        read_text("a.xml", HEAD "<P35>u</P35><P47>pbx</P47><P34>p</P34>\n<P32>64801</P32>\n"
                                "<P138>0</P138>\n<P130>3</P130>\n<P32>0</P32>\n"
                                "<P2399>30</P2399>\n<P2397>1</P2397>\n<P209>60</P209>\n"
                                "<P404>v</P404><P402>pbx</P402><P406>q</P406>\n" TAIL);

    (void)state;
    assert_said(&file, 4, SEVERITY_ERROR,
                "P32: '64801' is out of range (permitted: 1 to 64800 minutes)");
    assert_said(&file, 5, SEVERITY_ERROR, "P138: '0' is out of range (permitted: 1 to 3600 s)");
    assert_said(&file, 6, SEVERITY_ERROR, "P130: '3' is not permitted");
    assert_said(&file, 7, SEVERITY_WARNING, "P32: '0' is too small");
    assert_said(&file, 8, SEVERITY_WARNING, "P2399: '30' is too large");
    assert_value(&file, 0, "keep_alive.max_tries", "10");
    assert_int_equal(file.account_count, 2);
    assert_true(file.accounts[0].errors > 0);
    assert_int_equal(file.accounts[1].errors, 0);
    settings_file_release(&file);
}

static void test_grandstream__what_is_not_xml_is_not_used_at_all(void **state) {
    struct settings_file cut = read_text("a.xml", HEAD "<P35>u</P35>\n<P47>pbx</P47>\n<P34>p\n");
    struct settings_file bomb =
        read_text("b.xml", "<!DOCTYPE a [<!ENTITY b \"cccccccccc\">]>\n<gs_provision><config>"
                           "<P35>&b;</P35></config></gs_provision>");

    (void)state;
    assert_int_equal(cut.account_count, 0);
    assert_said(&cut, -1, SEVERITY_ERROR, "not well-formed XML");
    assert_int_equal(bomb.account_count, 0);
    assert_said(&bomb, -1, SEVERITY_ERROR, "entities");
    settings_file_release(&cut);
    settings_file_release(&bomb);
}

static void test_grandstream__reads_latin_1_where_utf_8_is_promised(void **state) {
    static const char text[] = HEAD "<!-- Gr\xfc\xdf"
                                    "e --><P35>u</P35><P47>pbx</P47><P3>M\xfcller</P3>\n" TAIL;
    struct settings_file file = read_as("a.xml", text, sizeof(text) - 1);

    (void)state;
    assert_int_equal(file.errors, 0);
    assert_value(&file, 0, "display_name", "M\xc3\xbcller");
    settings_file_release(&file);
}

static void test_grandstream__a_number_for_all_accounts_reaches_all(void **state) {
    struct settings_file file =
        read_text("a.txt", "P84 = 40\nP35 = u\nP47 = a\nP1804 = v\nP1802 = b\nP8375 = 1\n");

    (void)state;
    assert_int_equal(file.errors, 0);
    assert_int_equal(file.account_count, 2);
    assert_value(&file, 0, "nat.keep_alive_interval", "40");
    assert_value(&file, 1, "nat.keep_alive_interval", "40");
    assert_int_equal(file.unknown, 1);
    settings_file_release(&file);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grandstream__knows_the_irregular_numbers_of_six_accounts),
        cmocka_unit_test(test_grandstream__each_account_has_its_port_unless_the_file_says_another),
        cmocka_unit_test(test_grandstream__no_number_means_two_things_in_one_family),
        cmocka_unit_test(test_grandstream__p2359_depends_on_the_family),
        cmocka_unit_test(test_grandstream__family_can_be_asked_for),
        cmocka_unit_test(test_grandstream__reads_both_versions_of_xml),
        cmocka_unit_test(test_grandstream__reads_names_in_nested_elements),
        cmocka_unit_test(test_grandstream__a_new_address_forgets_the_port_of_the_old_one),
        cmocka_unit_test(test_grandstream__a_failover_server_is_not_a_secondary_one),
        cmocka_unit_test(test_grandstream__errors_name_number_value_and_range),
        cmocka_unit_test(test_grandstream__what_is_not_xml_is_not_used_at_all),
        cmocka_unit_test(test_grandstream__reads_latin_1_where_utf_8_is_promised),
        cmocka_unit_test(test_grandstream__a_number_for_all_accounts_reaches_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
