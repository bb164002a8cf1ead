# From a script to a SIPp scenario. The script's lines:
#   receive [Header: REGEX]    a REGISTER, whose header (if named) matches; else the test fails
#   receive authorized         a REGISTER with the right digest of alice, MD5
#   answer CODE REASON         answers it; the indented lines that follow are further headers
#   send                       sends the indented lines that follow as they are
#   pause MS
# "$contact" in a header is the Contact that was received, in its angle brackets; "$via", "$from",
# "$to", "$call_id" are those headers' values, for answers that are written by hand.
function escape(s) {
    gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s); gsub(/>/, "\\&gt;", s)
    gsub(/"/, "\\&quot;", s)
    return s
}
function finish() {
    if (open == "answer") print "Content-Length: 0\n\n]]></send>"
    if (open == "send") print "\n]]></send>"
    open = ""
}
function matches(header, regex, variable) {
    printf "    <ereg regexp=\"%s\" search_in=\"hdr\" header=\"%s:\" check_it=\"true\" " \
        "assign_to=\"%s\"/>\n", escape(regex), header, variable
}
BEGIN {
    print "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<scenario name=\"script\">"
}
/^#/ || /^$/ { next }
/^receive/ {
    finish()
    print "  <recv request=\"REGISTER\"><action>"
    matches("Contact", "<[^>]*>", "contact")
    matches("Via", "SIP.*", "via")
    matches("From", "[^ ].*", "from")
    matches("To", "[^ ].*", "to")
    matches("Call-ID", "[^ ].*", "call_id")
    if ($2 == "authorized") {
        print "    <verifyauth assign_to=\"good\" username=\"alice\" password=\"pass-alice\"/>"
    } else if (NF > 1) {
        header = $2
        sub(/:$/, "", header)
        regex = $0
        sub(/^receive [^ ]+ /, "", regex)
        matches(header, regex, "any")
        any = 1
    }
    print "  </action></recv>"
    if ($2 == "authorized") {
        label++
        print "  <nop test=\"good\" next=\"good" label "\"/>"
        print "  <nop><action><error message=\"wrong digest\"/></action></nop>"
        print "  <label id=\"good" label "\"/>"
    }
    next
}
/^answer / {
    finish()
    sub(/^answer /, "")
    print "  <send><![CDATA[\n\nSIP/2.0 " $0
    print "[last_Via:]\n[last_From:]"
    print $1 == 100 ? "[last_To:]" : "[last_To:];tag=peer[call_number]"
    print "[last_Call-ID:]\n[last_CSeq:]"
    open = "answer"
    next
}
/^send/ { finish(); print "  <send><![CDATA[\n"; open = "send"; next }
/^pause / { finish(); print "  <pause milliseconds=\"" $2 "\"/>"; next }
/^[ \t]/ { sub(/^[ \t]+/, ""); gsub(/\$(contact|via|from|to|call_id)/, "[&]"); print; next }
{ print "scenario.awk: line " NR ": " $0 >"/dev/stderr"; exit 2 }
END {
    finish()
    print "  <Reference variables=\"contact,via,from,to,call_id" (any ? ",any" : "") "\"/>\n</scenario>"
}
