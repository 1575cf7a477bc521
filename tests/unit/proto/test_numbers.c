/* SPDX-License-Identifier: MIT */
/* Numbers on the wire, as docs/protocol.md and the RFCs that it names have them. Two programs of one build agree
 * on any number; with another implementation only these work. */
#include "unit.h"

#include "proto/capsule.h"
#include "proto/ctl.h"
#include "proto/esp_hdr.h"
#include "proto/fcgi.h"
#include "proto/general_ext.h"
#include "proto/mip.h"
#include "proto/mip_ext.h"
#include "proto/sa_payload.h"
#include "proto/tcp.h"
#include "proto/websocket.h"

#define ARE(n, ...)                                                                                \
	do {                                                                                       \
		static const unsigned are[] = { __VA_ARGS__ };                                     \
		assert_numbers(are, COUNT(are), n, COUNT(n));                                      \
	} while (0)

static void assert_numbers(const unsigned *are, size_t n_are, const unsigned *given, size_t n)
{
	assert_int_equal(n_are, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(are[i], given[i]);
}

TEST(ports_and_lengths_of_section_1_and_2)
{
	static const unsigned n[] = { MIP_PORT, MIP_ESP_PORT, MIP_MAX_MESSAGE, MIP_REQUEST_LEN,
				      MIP_REPLY_LEN };

	ARE(n, 434, 4500, 1200, 24, 20);
}

TEST(flags_of_a_request_are_those_of_rfc_5944)
{
	static const unsigned n[] = { MIP_S, MIP_B, MIP_D, MIP_M, MIP_G, MIP_R, MIP_T, MIP_X };

	ARE(n, 0x80, 0x40, 0x20, 0x10, 0x08, 0x04, 0x02, 0x01);
}

TEST(codes_of_a_reply_are_those_of_rfc_5944)
{
	static const unsigned agent[] = { MIP_ACCEPTED,          MIP_ACCEPTED_NO_SIMULTANEOUS,
					  MIP_FA_UNSPECIFIED,    MIP_FA_PROHIBITED,
					  MIP_FA_RESOURCES,      MIP_FA_MN_FAILED_AUTH,
					  MIP_FA_HA_FAILED_AUTH, MIP_FA_LIFETIME,
					  MIP_FA_BAD_REQUEST,    MIP_FA_BAD_REPLY,
					  MIP_FA_TIMEOUT };
	static const unsigned home[] = { MIP_HA_UNSPECIFIED,    MIP_HA_PROHIBITED,
					 MIP_HA_RESOURCES,      MIP_HA_MN_FAILED_AUTH,
					 MIP_HA_FA_FAILED_AUTH, MIP_HA_IDENT_MISMATCH,
					 MIP_HA_BAD_REQUEST,    MIP_HA_TOO_MANY_BINDINGS,
					 MIP_HA_UNKNOWN_AGENT };

	ARE(agent, 0, 1, 64, 65, 66, 67, 68, 69, 70, 71, 78);
	ARE(home, 128, 129, 130, 131, 132, 133, 134, 135, 136);
}

TEST(types_of_extensions_are_those_of_section_3)
{
	static const unsigned types[] = { MIP_EXT_MOBILE_HOME,
					  MIP_EXT_MOBILE_FOREIGN,
					  MIP_EXT_FOREIGN_HOME,
					  MIP_EXT_GENERALIZED_AUTH,
					  MIP_EXT_CRITICAL_VENDOR,
					  MIP_EXT_UDP_TUNNEL_REPLY,
					  MIP_EXT_NAI,
					  MIP_EXT_CHALLENGE,
					  MIP_EXT_NORMAL_VENDOR,
					  MIP_EXT_REVOCATION_SUPPORT,
					  MIP_EXT_UDP_TUNNEL_REQUEST };
	static const unsigned vendor[] = {
		MIP_VENDOR,          VENDOR_GENERAL_NAI, VENDOR_GENERAL_IP, VENDOR_GENERAL_L2,
		VENDOR_GENERAL_SA,   VENDOR_SA_PAYLOAD,  VENDOR_PROPOSAL,   VENDOR_TRANSFORM,
		VENDOR_KEY_EXCHANGE, VENDOR_NONCE,       VENDOR_NOTIFY,     VENDOR_HOME_LINK,
		VENDOR_STANDBY,      VENDOR_RELAY_NAME,  VENDOR_RELAY_KEY,  VENDOR_AGENT,
		VENDOR_CARRIER
	};

	ARE(types, 32, 33, 34, 36, 38, 44, 131, 132, 134, 137, 144);
	ARE(vendor, 32473, 1, 2, 3, 4, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27);
}

TEST(contents_of_general_extensions_are_those_of_section_4)
{
	static const unsigned content[] = {
		NAI_MOBILE_NODE, NAI_FOREIGN_AGENT, NAI_HOME_AGENT,    IP_MOBILE_OR_HOME,
		IP_ROUTER,       IP_HOME_NETWORK,   IP_HOME_AGENT_LAN, IP_OBSERVED,
		IP_CARE_OF,      IP_RELAY,          L2_ETHERNET,       L2_IMSI,
		L2_MIN,          SA_CLIENT_AGENT,   SA_AGENT_AGENT,    SA_KEY3
	};

	ARE(content, 0, 1, 2, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 0, 1, 2);
	assert_int_equal(GENERAL_EXT_HDR_LEN, 6);
}

TEST(negotiation_has_the_numbers_of_section_6_and_7)
{
	static const unsigned subtypes[] = { SA_CLIENT_HOME, SA_CLIENT_RELAY, SA_HOME_RELAY,
					     SA_CLIENT_MANAGER };
	static const unsigned ids[] = { SA_PROTO_AUTH,           SA_PROTO_ESP,
					SA_ENCR_AES_GCM_16,      SA_ENCR_CHACHA20_POLY1305,
					SA_AUTH_HMAC_SHA256_128, SA_AUTH_HMAC_MD5_96,
					SA_ATTR_GROUP,           SA_ATTR_ESN,
					SA_ATTR_KEY_LENGTH };
	static const unsigned groups[] = { DH_MODP768, DH_MODP1024, DH_MODP2048,
					   DH_P256,    DH_P384,     DH_X25519 };
	static const unsigned most[] = { SA_MAX_PROPOSALS, SA_MAX_TRANSFORMS, SA_MAX_ATTRIBUTES };

	ARE(subtypes, 1, 2, 3, 4);
	ARE(ids, 1, 3, 20, 28, 12, 1, 4, 5, 14);
	ARE(groups, 1, 2, 14, 19, 20, 31);
	ARE(most, 8, 8, 8);
}

TEST(esp_and_what_is_in_it_have_the_numbers_of_section_11_to_14)
{
	static const unsigned esp[] = { ESP_MIN_LEN,   ESP_MIN_SPI,    ESP_NEXT_IPV4,
					ESP_NEXT_IPV6, ESP_NEXT_DUMMY, ESP_NEXT_CTL };
	static const unsigned own[] = { CTL_UNKNOWN_SPI, CTL_UNKNOWN_VISITOR, CTL_UNKNOWN_SPI_LEN,
					CTL_ECHO,        CTL_ECHO_REPLY,      CTL_STAY,
					CTL_LEN };

	ARE(esp, 36, 0x20000000, 4, 41, 59, 253);
	ARE(own, 0x10, 0x11, 8, 1, 2, 0x01, 20);
}

TEST(reasons_of_a_refusal_are_those_of_section_16)
{
	static const unsigned reasons[] = { NOTIFY_NONE,        NOTIFY_NO_PROPOSAL,
					    NOTIFY_WRONG_GROUP, NOTIFY_NOT_HOME_LINK,
					    NOTIFY_EXPIRED,     NOTIFY_NO_ADDRESS };

	ARE(reasons, 0, 1, 2, 3, 4, 5);
}

TEST(inner_packets_have_the_numbers_of_their_rfcs)
{
	static const unsigned protocols[] = { IPPROTO_NUM_ICMP, IPPROTO_NUM_TCP, IPPROTO_NUM_UDP,
					      IPPROTO_NUM_ICMP6 };
	static const unsigned flags[] = { TCP_FIN, TCP_SYN, TCP_RST, TCP_PSH,
					  TCP_ACK, TCP_URG, TCP_ECE, TCP_CWR };

	ARE(protocols, 1, 6, 17, 58);
	ARE(flags, 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80);
}

TEST(carriers_have_the_numbers_of_their_rfcs)
{
	static const unsigned ws[] = { WS_CONTINUATION,   WS_TEXT,        WS_BINARY,  WS_CLOSE,
				       WS_PING,           WS_PONG,        WS_NORMAL,  WS_GOING_AWAY,
				       WS_PROTOCOL_ERROR, WS_UNSUPPORTED, WS_TOO_BIG, WS_HEAD_MAX,
				       WS_CONTROL_MAX };
	static const unsigned capsule[] = { CAPSULE_DATAGRAM, CAPSULE_CONTEXT_UDP, VARINT_MAX_LEN,
					    CAPSULE_HEAD_MAX };

	ARE(ws, 0, 1, 2, 8, 9, 10, 1000, 1001, 1002, 1003, 1009, 14, 125);
	ARE(capsule, 0, 0, 8, 16);
}

TEST(fastcgi_has_the_numbers_of_its_specification)
{
	static const unsigned types[] = { FCGI_BEGIN_REQUEST, FCGI_ABORT_REQUEST,
					  FCGI_END_REQUEST,   FCGI_PARAMS,
					  FCGI_STDIN,         FCGI_STDOUT,
					  FCGI_STDERR,        FCGI_DATA,
					  FCGI_GET_VALUES,    FCGI_GET_VALUES_RESULT,
					  FCGI_UNKNOWN_TYPE };
	static const unsigned other[] = { FCGI_VERSION,       FCGI_HEAD_LEN,
					  FCGI_CONTENT_MAX,   FCGI_RESPONDER,
					  FCGI_KEEP_CONN,     FCGI_REQUEST_COMPLETE,
					  FCGI_CANT_MPX_CONN, FCGI_OVERLOADED,
					  FCGI_UNKNOWN_ROLE };

	ARE(types, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
	ARE(other, 1, 8, 65535, 1, 1, 0, 1, 2, 3);
}

RUN(T(ports_and_lengths_of_section_1_and_2), T(flags_of_a_request_are_those_of_rfc_5944),
    T(codes_of_a_reply_are_those_of_rfc_5944), T(types_of_extensions_are_those_of_section_3),
    T(contents_of_general_extensions_are_those_of_section_4),
    T(negotiation_has_the_numbers_of_section_6_and_7),
    T(esp_and_what_is_in_it_have_the_numbers_of_section_11_to_14),
    T(reasons_of_a_refusal_are_those_of_section_16),
    T(inner_packets_have_the_numbers_of_their_rfcs), T(carriers_have_the_numbers_of_their_rfcs),
    T(fastcgi_has_the_numbers_of_its_specification))
