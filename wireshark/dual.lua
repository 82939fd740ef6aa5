-- Dualport's probe message, dissected on TCP and UDP and on any port. See README.md beside this file.
--
-- Wireshark 3.6 to 4.4, Lua 5.2 to 5.4. One file, so that it can be dropped into a plugin folder.

local MAGIC = "DUALPRB1"
local LENGTH_END = 12 -- the byte after the length field
local IDENTITY_END = 32 -- the byte after run and sequence
local STAMP_OFFSET = 40
local HEADER_BYTES = 96

-- The client's largest message over TCP; a length field that says more is damaged, and not waited for.
local MAX_MESSAGE_BYTES = 16 * 1024 * 1024

-- Messages whose exchange is remembered, if the preference does not say otherwise.
local MAX_TRACKED = 500000

-- Messages of one TCP segment that the info column names.
local MAX_NAMED = 4

-- A partial magic this long at the start of an unknown stream is worth waiting one more segment for.
local MIN_PARTIAL_MAGIC = 4

local ONE_MORE_SEGMENT = 0x0fffffff -- epan/packet_info.h, DESEGMENT_ONE_MORE_SEGMENT
local PORT_TYPE_TCP = 2 -- epan/address.h, PT_TCP

local PROTOCOLS = { [6] = "TCP", [17] = "UDP" }
local NO_STAMP = ("\0"):rep(HEADER_BYTES - STAMP_OFFSET)

-- Called for every message: looked up once.
local byte, find, sub = string.byte, string.find, string.sub

-- Loaded a second time, as an installed plugin and by -X lua_script, the script leaves it at the first.
local is_first, dual = pcall(Proto, "dual", "Dualport Probe")
if not is_first then
  if not tostring(dual):find("there cannot be two protocols", 1, true) then
    error(dual)
  end
  return
end

dual.prefs.max_messages = Pref.uint(
  "Messages followed",
  MAX_TRACKED,
  "How many messages of a capture are remembered to pair requests with echoes. Later ones are shown, but not paired."
)

local field = {
  magic = ProtoField.string("dual.magic", "Magic"),
  length = ProtoField.uint32("dual.length", "Length of the message", base.DEC, nil, nil, "Bytes, header included"),
  flags = ProtoField.uint16("dual.flags", "Flags", base.HEX),
  flags_stamp = ProtoField.bool("dual.flags.stamp", "Please stamp", 16, nil, 0x0001),
  reserved = ProtoField.uint16("dual.reserved", "Reserved", base.HEX),
  run = ProtoField.uint64("dual.run", "Run", base.HEX),
  seq = ProtoField.uint64("dual.seq", "Sequence", base.DEC),
  flow = ProtoField.uint24("dual.flow", "Flow", base.DEC, nil, nil, "The client's, the upper 24 bits of the sequence"),
  message = ProtoField.uint64("dual.message", "Message", base.DEC, nil, nil, "Of its flow, the lower 40 bits"),
  sent = ProtoField.absolute_time("dual.sent", "Intended send time", base.UTC, "By the client's clock"),
  stamp = ProtoField.none("dual.stamp", "Stamp", "What the server saw"),
  stamp_received = ProtoField.absolute_time("dual.stamp.received", "Received", base.UTC, "By the server's clock"),
  stamp_src = ProtoField.string("dual.stamp.src", "Source"),
  stamp_src_ipv4 = ProtoField.ipv4("dual.stamp.src_ipv4", "Source address"),
  stamp_src_ipv6 = ProtoField.ipv6("dual.stamp.src_ipv6", "Source address"),
  stamp_src_port = ProtoField.uint16("dual.stamp.src_port", "Source port", base.DEC),
  stamp_dst = ProtoField.string("dual.stamp.dst", "Destination"),
  stamp_dst_ipv4 = ProtoField.ipv4("dual.stamp.dst_ipv4", "Destination address"),
  stamp_dst_ipv6 = ProtoField.ipv6("dual.stamp.dst_ipv6", "Destination address"),
  stamp_dst_port = ProtoField.uint16("dual.stamp.dst_port", "Destination port", base.DEC),
  stamp_protocol = ProtoField.uint8("dual.stamp.protocol", "Protocol", base.DEC, PROTOCOLS),
  stamp_loop = ProtoField.uint8("dual.stamp.loop", "Event loop", base.DEC),
  stamp_instance = ProtoField.uint64("dual.stamp.instance", "Server instance", base.HEX),
  payload = ProtoField.bytes("dual.payload", "Payload"),
  headerless = ProtoField.bytes("dual.headerless", "Payload without header"),
  direction = ProtoField.string("dual.direction", "Direction"),
  request_in = ProtoField.framenum("dual.request_in", "Request in frame", base.NONE, frametype.REQUEST),
  echo_in = ProtoField.framenum("dual.echo_in", "Echo in frame", base.NONE, frametype.RESPONSE),
  first_in = ProtoField.framenum("dual.first_in", "The same message in frame", base.NONE),
  behind = ProtoField.uint32("dual.behind", "Behind a later one by", base.DEC),
  rtt = ProtoField.relative_time("dual.rtt", "Round trip", "From the request's last packet to the echo's last packet"),
}

local sequence, malformed = expert.group.SEQUENCE, expert.group.MALFORMED
local note, warn, err = expert.severity.NOTE, expert.severity.WARN, expert.severity.ERROR

local remark = {
  lost = ProtoExpert.new("dual.expert.lost", "No echo, though later requests have theirs", sequence, warn),
  not_echoed = ProtoExpert.new("dual.expert.not_echoed", "No echo up to the end of the capture", sequence, warn),
  duplicated = ProtoExpert.new("dual.expert.duplicated", "The same message again", sequence, warn),
  retransmitted = ProtoExpert.new("dual.expert.retransmitted", "The same message again in a TCP segment", sequence, note),
  reordered = ProtoExpert.new("dual.expert.reordered", "Behind a later message", sequence, note),
  rewritten = ProtoExpert.new("dual.expert.rewritten", "The server saw other addresses", sequence, note),
  no_request = ProtoExpert.new("dual.expert.no_request", "The request is not in this capture", sequence, note),
  malformed = ProtoExpert.new("dual.expert.malformed", "Not as a probe message must be", malformed, err),
  cut = ProtoExpert.new("dual.expert.cut", "Cut short by the capture", expert.group.UNDECODED, note),
  untracked = ProtoExpert.new("dual.expert.untracked", "Not paired", expert.group.UNDECODED, note),
}

local function values(named)
  local list = {}
  for _, value in pairs(named) do
    list[#list + 1] = value
  end
  return list
end

local fields = values(field)
dual.fields = fields
dual.experts = values(remark)

-- What is known of the capture that is open, written while its packets are seen for the first time, in their order.
-- What there is of each message is in flat lists: a table for each would cost kilobytes and collector time.
local state

local function forget_everything()
  state = {
    directions = {}, -- by protocol and both ports: a list, as addresses can only be compared
    ports = {}, -- by protocol and both ports: how the info column names them
    latest = math.huge, -- the frame of the message before
    -- Sightings of messages; those of a frame have numbers that follow each other.
    room = dual.prefs.max_messages,
    tracked = 0,
    in_frame = {}, -- by frame: the latest sighting in it
    previous = {}, -- by sighting: the one before it in the same frame, or 0
    half = {}, -- by sighting: who sent it, and in which series
    row = {}, -- by sighting: its place in the lists of its half
    first_in = {}, -- by sighting: the frame that had the message before, if one had
    behind = {}, -- by sighting: the higher number that was seen before, if one was
  }
end

forget_everything()
dual.init = forget_everything

-- What is asked of a packet for each of its messages: to ask Wireshark costs more than to remember.
local packet = {}

-- Whether the fields of a message are looked at: it is shown, or a filter, a column or an output names one. That
-- holds for a whole pass over the capture, and a pass begins at its first message.
local detailed

-- Whether a filter or an output names the protocol itself, and so perhaps the bytes of its item.
local named

local function direction_key(protocol, from, to)
  return (protocol * 65536 + from) * 65536 + to
end

-- The protocol column names the message, so the info column has to name what tells its five-tuple from its twin's.
local function ports_text()
  local text = state.ports[packet.key]
  if not text then
    local protocol = packet.protocol == PORT_TYPE_TCP and "TCP" or "UDP"
    text = ("%s %d → %d "):format(protocol, packet.from, packet.to)
    if state.tracked < state.room then
      state.ports[packet.key] = text
    end
  end
  return text
end

local function look_at(root, pinfo)
  packet.number, packet.visited, packet.is_quoted = pinfo.number, pinfo.visited, pinfo.in_error_pkt
  packet.protocol, packet.from, packet.to = pinfo.port_type, pinfo.src_port, pinfo.dst_port
  packet.key = direction_key(packet.protocol, packet.from, packet.to)
  packet.conversation, packet.sighting = nil, nil
  packet.info, packet.titles = ports_text(), 0
  if root.visible then
    detailed = true
  elseif packet.number <= state.latest then
    detailed, named = false, root:referenced(Dissector.get("dual"))
    for _, one in ipairs(fields) do
      detailed = detailed or root:referenced(one)
    end
  end
  state.latest = packet.number
end

local function find_direction(key, source, destination)
  for _, direction in ipairs(state.directions[key] or {}) do
    if direction.source == source and direction.destination == destination then
      return direction
    end
  end
  return nil
end

local function add_direction(key, direction)
  state.directions[key] = state.directions[key] or {}
  table.insert(state.directions[key], direction)
  return direction
end

-- A conversation's sides are 1 and 2; client is the side that sends requests, once something proves it. It is cut if
-- the capture left out what may have been whole messages.
local function conversation_of(pinfo)
  if packet.conversation then
    return packet.conversation, packet.side
  end
  local source, destination = pinfo.src, pinfo.dst
  local direction = find_direction(packet.key, source, destination)
  if not direction then
    local back = find_direction(direction_key(packet.protocol, packet.to, packet.from), destination, source)
    direction = add_direction(packet.key, {
      source = source,
      destination = destination,
      side = back and 2 or 1,
      conversation = back and back.conversation or { client = nil, cut = false, series = {} },
    })
  end
  packet.conversation, packet.side = direction.conversation, direction.side
  return packet.conversation, packet.side
end

-- What one side sent of a series: by message the frame that had it first, that one's time, and its rank among them.
local function new_half(conversation, side, message)
  return {
    conversation = conversation,
    side = side,
    series_key = message.series_key,
    before = message.number - 1, -- so that rows are counted from 1, wherever the capture begins
    frame = {},
    time = {},
    rank = {},
    count = 0,
    highest = -1, -- of the numbers
    answered = 0, -- the highest rank that the other side has, too
    stamp = {}, -- see compare_stamp
  }
end

-- A series is a run's messages whose numbers differ in their lower 32 bits alone, and those number them. It consists of
-- both sides' halves; a message and its echo have the same row in theirs.
local function series_of(conversation, message)
  local series = conversation.series[message.series_key]
  if not series then
    series = { new_half(conversation, 1, message), new_half(conversation, 2, message) }
    series[1].other, series[2].other = series[2], series[1]
    conversation.series[message.series_key] = series
  end
  return series
end

local function note_first(sighting, half, row, number, pinfo)
  if number < half.highest then
    state.behind[sighting] = half.highest
  else
    half.highest = number
  end
  local rank = half.count + 1
  half.count, half.rank[row] = rank, rank
  half.frame[row], half.time[row] = packet.number, pinfo.rel_ts
  local other = half.other
  local asked = other.rank[row]
  if asked and asked > other.answered then
    other.answered = asked
  end
end

local function is_of(sighting, message)
  local half = state.half[sighting]
  return state.row[sighting] == message.number - half.before and half.series_key == message.series_key
end

-- The sighting of a message in this frame, or nil. Messages are asked for in the order in which they were noted.
local function find_sighting(message)
  local sighting = state.in_frame[packet.number] or 0
  local next_one = (packet.sighting or sighting) + 1
  if next_one <= sighting and is_of(next_one, message) then
    return next_one
  end
  while sighting ~= 0 and not is_of(sighting, message) do
    sighting = state.previous[sighting]
  end
  return sighting ~= 0 and sighting or nil
end

-- Notes a message when its frame is seen for the first time.
local function note_sighting(message, pinfo)
  if state.tracked >= state.room then
    return find_sighting(message)
  end
  local conversation, side = conversation_of(pinfo)
  local half = series_of(conversation, message)[side]
  local row = message.number - half.before
  local first_in = half.frame[row]
  local noted = first_in and find_sighting(message)
  if noted then
    return noted
  end
  local sighting, frame = state.tracked + 1, packet.number
  state.tracked = sighting
  state.half[sighting], state.row[sighting] = half, row
  state.previous[sighting] = state.in_frame[frame] or 0
  state.in_frame[frame] = sighting
  if first_in then
    state.first_in[sighting] = first_in
  else
    note_first(sighting, half, row, message.number, pinfo)
  end
  -- Whoever gets a stamp back, or had a message before the other side had it, is the client.
  if not conversation.client and (message.stamped or half.other.frame[row]) then
    conversation.client = 3 - side
  end
  return sighting
end

-- Filled anew for each message: a table for each would cost collector time.
local seen = {}

-- What is known of a message; nil if there was no room for it.
local function sighting_of(message, pinfo)
  local sighting
  if packet.visited then
    sighting = find_sighting(message)
  else
    sighting = note_sighting(message, pinfo)
  end
  if not sighting then
    return nil
  end
  packet.sighting = sighting
  local half, row = state.half[sighting], state.row[sighting]
  seen.half, seen.row = half, row
  seen.first_in, seen.behind = state.first_in[sighting], state.behind[sighting]
  seen.other_frame = half.other.frame[row]
  return seen
end

local function is_mapped(tvb, offset)
  return tvb:raw(offset, 12) == ("\0"):rep(10) .. "\255\255"
end

local function endpoint_text(tvb, offset)
  local port = tvb(offset + 16, 2):uint()
  if is_mapped(tvb, offset) then
    return ("%d.%d.%d.%d:%d"):format(
      tvb(offset + 12, 1):uint(),
      tvb(offset + 13, 1):uint(),
      tvb(offset + 14, 1):uint(),
      tvb(offset + 15, 1):uint(),
      port
    )
  end
  local groups = {}
  for i = 0, 14, 2 do
    groups[#groups + 1] = ("%x"):format(tvb(offset + i, 2):uint())
  end
  local text = table.concat(groups, ":")
  -- The longest run of zeros, the first of equal ones, becomes "::" (RFC 5952, section 4.2).
  for length = 8, 2, -1 do
    local zeros = ("0:"):rep(length - 1) .. "0"
    local from, to = (":" .. text .. ":"):find(":" .. zeros .. ":", 1, true)
    if from then
      return ("[%s::%s]:%d"):format(text:sub(1, math.max(from - 2, 0)), text:sub(to), port)
    end
  end
  return ("[%s]:%d"):format(text, port)
end

local function endpoint_address(tvb, offset)
  return is_mapped(tvb, offset) and tvb(offset + 12, 4):ipv4() or tvb(offset, 16):ipv6()
end

-- Nanoseconds since the Unix epoch, exact: a Lua number could not hold them.
local function epoch_time(range)
  local nanos = range:uint64()
  local second = UInt64(1000000000)
  return NSTime((nanos / second):tonumber(), (nanos % second):tonumber())
end

local function seconds(interval)
  local magnitude = math.abs(interval)
  local whole = math.floor(magnitude)
  local nanos = math.floor((magnitude - whole) * 1e9 + 0.5)
  if nanos >= 1000000000 then
    whole, nanos = whole + 1, nanos - 1000000000
  end
  return interval < 0 and NSTime(-whole, -nanos) or NSTime(whole, nanos)
end

local function number32(bytes, at)
  local a, b, c, d = byte(bytes, at + 1, at + 4)
  return ((a * 256 + b) * 256 + c) * 256 + d
end

-- Filled anew for each message, too.
local header = {}

-- Reads what there is of a header behind its length. Bytes of a string cost a fraction of what a range of the buffer does.
local function read_header(bytes, offset, available, length)
  header.length = length
  if available >= IDENTITY_END then
    header.series_key, header.number = sub(bytes, offset + 17, offset + 28), number32(bytes, offset + 28)
  end
  local stamp = offset + STAMP_OFFSET
  local is_whole = available >= HEADER_BYTES
  local stamped = is_whole and PROTOCOLS[byte(bytes, stamp + 45)] ~= nil
  header.stamped = stamped
  header.stamp_damaged = is_whole and not stamped and find(bytes, NO_STAMP, stamp + 1, true) ~= stamp + 1
  return header
end

local function add_header(tree, tvb, offset, available)
  tree:add(field.magic, tvb(offset, 8))
  tree:add(field.length, tvb(offset + 8, 4))
  if available >= 16 then
    tree:add(field.flags, tvb(offset + 12, 2)):add(field.flags_stamp, tvb(offset + 12, 2))
    tree:add(field.reserved, tvb(offset + 14, 2))
  end
  if available >= IDENTITY_END then
    tree:add(field.run, tvb(offset + 16, 8))
    local seq = tree:add(field.seq, tvb(offset + 24, 8))
    seq:add(field.flow, tvb(offset + 24, 3))
    seq:add(field.message, tvb(offset + 27, 5))
  end
  if available >= STAMP_OFFSET then
    tree:add(field.sent, tvb(offset + 32, 8), epoch_time(tvb(offset + 32, 8)))
  end
end

local function add_endpoint(tree, tvb, offset, name)
  local text = endpoint_text(tvb, offset)
  local item = tree:add(field["stamp_" .. name], tvb(offset, 18), text)
  if is_mapped(tvb, offset) then
    item:add(field["stamp_" .. name .. "_ipv4"], tvb(offset + 12, 4))
  else
    item:add(field["stamp_" .. name .. "_ipv6"], tvb(offset, 16))
  end
  item:add(field["stamp_" .. name .. "_port"], tvb(offset + 16, 2))
  return text
end

local function add_stamp(tree, tvb, at)
  local stamp = tree:add(field.stamp, tvb(at, HEADER_BYTES - STAMP_OFFSET))
  stamp:add(field.stamp_received, tvb(at, 8), epoch_time(tvb(at, 8)))
  add_endpoint(stamp, tvb, at + 8, "src")
  add_endpoint(stamp, tvb, at + 26, "dst")
  stamp:add(field.stamp_protocol, tvb(at + 44, 1))
  stamp:add(field.stamp_loop, tvb(at + 45, 1))
  stamp:add(field.stamp_instance, tvb(at + 46, 8))
end

-- A stamp tells of an address rewritten between here and the server: this echo leads back to another source. Nearly
-- all stamps of one direction have the same ends, so what was found is remembered with them.
local function compare_stamp(tree, tvb, bytes, at, sighting, pinfo)
  local found = sighting and sighting.half.stamp or {}
  if not found.ends or find(bytes, found.ends, at + 9, true) ~= at + 9 then
    found.ends = sub(bytes, at + 9, at + 44)
    found.source = endpoint_address(tvb, at + 8) ~= pinfo.dst or tvb(at + 24, 2):uint() ~= packet.to
    found.destination = endpoint_address(tvb, at + 26) ~= pinfo.src or tvb(at + 42, 2):uint() ~= packet.from
  end
  if found.source then
    tree:add_proto_expert_info(remark.rewritten, "Address rewritten: the server saw another source")
  end
  if found.destination then
    tree:add_proto_expert_info(remark.rewritten, "Address rewritten: the server saw another destination")
  end
end

-- What can be said of a request only when the whole capture was read once. The text of a remark has no numbers, so
-- that a summary counts those of a kind.
local function judge_request(tree, sighting)
  local half = sighting.half
  if half.conversation.cut then
    tree:add_proto_expert_info(remark.cut, "No echo is to be seen: the capture cut packets of this five-tuple")
  elseif half.rank[sighting.row] < half.answered then
    tree:add_proto_expert_info(remark.lost)
  else
    tree:add_proto_expert_info(remark.not_echoed)
  end
end

local function add_request(tree, sighting, pinfo)
  if not packet.visited then
    return
  end
  if sighting.other_frame then
    if detailed then
      tree:add(field.echo_in, sighting.other_frame):set_generated()
    end
  elseif not sighting.first_in then
    judge_request(tree, sighting)
  end
end

-- Returns the round trip time in seconds, if this is the first echo.
local function add_echo(tree, sighting, pinfo)
  if not sighting.other_frame then
    tree:add_proto_expert_info(remark.no_request)
    return nil
  end
  if detailed then
    tree:add(field.request_in, sighting.other_frame):set_generated()
  end
  -- A capture can hold an echo before its request, after mergecap or from several queues of one interface.
  if sighting.first_in or sighting.other_frame > packet.number then
    return nil
  end
  local half, row = sighting.half, sighting.row
  local elapsed = half.time[row] - half.other.time[row]
  if detailed then
    tree:add(field.rtt, seconds(elapsed)):set_generated()
  end
  return elapsed
end

-- TCP delivers nothing twice: there it is the segment that came again.
local function add_order(tree, message, sighting, pinfo)
  if sighting.first_in then
    tree:add_proto_expert_info(packet.protocol == PORT_TYPE_TCP and remark.retransmitted or remark.duplicated)
    if detailed then
      tree:add(field.first_in, sighting.first_in):set_generated()
    end
  elseif sighting.behind then
    tree:add_proto_expert_info(remark.reordered)
    if detailed then
      tree:add(field.behind, sighting.behind - message.number):set_generated()
    end
  end
end

-- What the info column says of a message, behind what it says already. One text made at once, and not from parts, as
-- texts cost more than all else that is done for a message.
local function title_of(message, what, rtt, before)
  local a, b, c, high = byte(message.series_key, 9, 12)
  local number, flow = high * 4294967296 + message.number, (a * 256 + b) * 256 + c
  local of_flow = flow > 0 and " of flow " .. flow or ""
  if rtt then
    return ("%s%s %d%s, RTT %.3f ms, %d bytes"):format(before, what, number, of_flow, rtt * 1000, message.length)
  end
  return ("%s%s %d%s, %d bytes"):format(before, what, number, of_flow, message.length)
end

-- What the info column says so far, up to where the next title belongs; nil if it names enough of this packet.
local function before_title()
  packet.titles = packet.titles + 1
  return packet.titles == 1 and packet.info or packet.titles <= MAX_NAMED and packet.info .. " | " or nil
end

local function add_title(title)
  local before = before_title()
  packet.info = before and before .. title or packet.info
end

-- Pairs a message with its other half. Returns what it is, its sighting, and the round trip time if it ends one.
local function add_exchange(tree, message, pinfo)
  -- An ICMP error quotes a message; that is no second one.
  if packet.is_quoted then
    return "Quoted message"
  end
  -- A socket connected to itself: what it sends is what it gets, and no echo will come.
  if packet.from == packet.to and pinfo.src == pinfo.dst then
    return "To itself"
  end
  local sighting = sighting_of(message, pinfo)
  local half = sighting and sighting.half
  local echo = message.stamped or half ~= nil and half.conversation.client == half.other.side
  if detailed then
    tree:add(field.direction, echo and "echo" or "request"):set_generated()
  end
  if not sighting then
    tree:add_proto_expert_info(
      remark.untracked,
      ("Not paired: %d messages are remembered already (preference dual.max_messages)"):format(state.tracked)
    )
    return echo and "Echo" or "Request"
  end
  add_order(tree, message, sighting, pinfo)
  if not echo then
    add_request(tree, sighting, pinfo)
    return "Request", sighting
  end
  return "Echo", sighting, add_echo(tree, sighting, pinfo)
end

local function complain(tree, text)
  tree:add_proto_expert_info(remark.malformed, "Malformed: " .. text)
end

-- Shows one message of which so many bytes are there, 12 or more.
local function add_message(root, tvb, bytes, pinfo, offset, available, length, problem)
  local message = read_header(bytes, offset, available, length)
  local tree = (detailed or named) and root:add(dual, tvb(offset, available)) or root:add(dual)
  if detailed then
    add_header(tree, tvb, offset, available)
  end
  if problem then
    complain(tree, problem)
    add_title("Malformed: " .. problem)
    return
  end
  if available < IDENTITY_END then
    tree:add_proto_expert_info(remark.cut)
    add_title("Message cut short by the capture")
    return
  end
  local what, sighting, rtt = add_exchange(tree, message, pinfo)
  local before = before_title()
  if before then
    packet.info = title_of(message, what, rtt, before)
  end
  if detailed then
    tree:append_text(title_of(message, what, rtt, ", "))
  end
  if message.stamped then
    local at = offset + STAMP_OFFSET
    if detailed then
      add_stamp(tree, tvb, at)
    end
    if not packet.is_quoted then
      compare_stamp(tree, tvb, bytes, at, sighting, pinfo)
    end
  elseif message.stamp_damaged then
    complain(tree, ("stamp: protocol number %d is neither 6 nor 17"):format(tvb(offset + 84, 1):uint()))
  end
  if detailed and available > HEADER_BYTES then
    tree:add(field.payload, tvb(offset + HEADER_BYTES, available - HEADER_BYTES))
  end
  if available < message.length then
    tree:add_proto_expert_info(remark.cut)
  end
end

local function add_headerless(root, tvb, offset, length)
  local tree = root:add(dual, tvb(offset, length))
  tree:append_text((", payload without header, %d bytes"):format(length))
  tree:add(field.headerless, tvb(offset, length))
  add_title(("Payload without header, %d bytes"):format(length))
end

local function show(pinfo)
  if packet.titles == 0 then
    return
  end
  if packet.titles > MAX_NAMED then
    packet.info = packet.info .. (" | and %d more"):format(packet.titles - MAX_NAMED)
  end
  local columns = pinfo.cols
  columns.protocol = "DUAL"
  columns.info = packet.info .. " "
  if packet.protocol == PORT_TYPE_TCP then
    -- What the rest of the same segment says comes behind it.
    columns.info:fence()
  end
end

-- What is wrong with a length field, or nil.
local function length_problem(length)
  if length < HEADER_BYTES then
    return ("length %d is less than the header's %d bytes"):format(length, HEADER_BYTES)
  end
  if length > MAX_MESSAGE_BYTES then
    return ("length %d is more than %d"):format(length, MAX_MESSAGE_BYTES)
  end
  return nil
end

local function datagram_problem(length, bytes)
  if length >= HEADER_BYTES and length ~= bytes then
    return ("length %d, but the datagram has %d bytes"):format(length, bytes)
  end
  return length_problem(length)
end

local function begins_with_magic(bytes, offset)
  return sub(bytes, offset + 1, offset + #MAGIC) == MAGIC
end

-- A datagram that its sender leaves to be cut into segments, or whose segments were joined (UDP_SEGMENT and UDP_GRO,
-- udp(7)), is captured as one: every segment is as long as the first message, the last one perhaps shorter.
local function segment_length(bytes, reported)
  local length = number32(bytes, 8)
  local may_be_cut = length >= HEADER_BYTES and length < reported
  local is_seen = #bytes >= length + #MAGIC
  return may_be_cut and (not is_seen or begins_with_magic(bytes, length)) and length or reported
end

-- Notes what the capture left out of a datagram, and says how many of those in it are not to be seen at all.
local function note_cut(captured, reported, pinfo, segment)
  local last = math.floor((reported - 1) / segment)
  if captured < math.min(last * segment + IDENTITY_END, reported) and not packet.visited and not packet.is_quoted then
    conversation_of(pinfo).cut = true
  end
  local unseen = last - math.floor((captured - 1) / segment)
  if unseen > 0 then
    add_title(("%d cut off by the capture"):format(unseen))
  end
end

local function dissect_datagram(tvb, bytes, pinfo, root)
  local captured, reported = #bytes, tvb:reported_len()
  if begins_with_magic(bytes, 0) and captured >= LENGTH_END then
    local segment = segment_length(bytes, reported)
    for offset = 0, captured - 1, segment do
      local whole = math.min(segment, reported - offset)
      local available = math.min(whole, captured - offset)
      if begins_with_magic(bytes, offset) and available >= LENGTH_END then
        local length = number32(bytes, offset + 8)
        local problem = datagram_problem(length, whole)
        add_message(root, tvb, bytes, pinfo, offset, available, length, problem)
      else
        add_headerless(root, tvb, offset, available)
      end
    end
    if captured < reported then
      note_cut(captured, reported, pinfo, segment)
    end
    show(pinfo)
    return captured
  end
  if captured > 0 and reported < HEADER_BYTES then
    add_headerless(root, tvb, 0, captured)
    show(pinfo)
    return captured
  end
  return 0
end

-- Where the next message begins, or what could be the beginning of one at the end of the bytes; nil if nowhere.
local function find_message(bytes, offset)
  local found = find(bytes, MAGIC, offset + 1, true)
  if found then
    return found - 1
  end
  for length = math.min(#MAGIC - 1, #bytes - offset), 1, -1 do
    if sub(bytes, -length) == sub(MAGIC, 1, length) then
      return #bytes - length
    end
  end
  return nil
end

local function wait_for(pinfo, offset, bytes)
  pinfo.desegment_offset = offset
  pinfo.desegment_len = bytes
end

-- A stream: whole messages, one after the other; between them what has no header; at the end a part of one, which is
-- waited for as far as Wireshark reassembles.
local function dissect_stream(tvb, bytes, pinfo, root)
  local captured = #bytes
  local can_wait = pinfo.can_desegment > 0
  local offset, last_end = 0, captured
  while offset < captured do
    local start = find_message(bytes, offset)
    local rest = captured - (start or captured)
    if rest < LENGTH_END and not can_wait then
      start = nil
    end
    if start ~= offset then
      add_headerless(root, tvb, offset, (start or captured) - offset)
    end
    if not start then
      break
    end
    if rest < LENGTH_END then
      wait_for(pinfo, start, ONE_MORE_SEGMENT)
      break
    end
    local length = number32(bytes, start + 8)
    local problem = length_problem(length)
    if not problem and length > rest and can_wait then
      wait_for(pinfo, start, length - rest)
      break
    end
    -- After a length that cannot be, the next magic is the next message.
    local available = problem and LENGTH_END or math.min(length, rest)
    add_message(root, tvb, bytes, pinfo, start, available, length, problem)
    offset = start + available
    last_end = math.max(captured, problem and offset or start + length)
  end
  if tvb:reported_len() > last_end and not packet.visited and not packet.is_quoted then
    conversation_of(pinfo).cut = true
  end
  show(pinfo)
  return captured
end

local function dissect(tvb, pinfo, root)
  local captured = tvb:captured_len()
  if captured == 0 then
    return 0
  end
  look_at(root, pinfo)
  local dissect_bytes = packet.protocol == PORT_TYPE_TCP and dissect_stream or dissect_datagram
  return dissect_bytes(tvb, tvb:raw(0, captured), pinfo, root)
end

dual.dissector = dissect

-- Flags and length as this version writes them: in the middle of a stream the magic alone could be a page about it.
local function is_plausible(tvb, offset)
  if tvb:captured_len() - offset < 16 then
    return false
  end
  local flags_and_reserved = tvb(offset + 12, 4):uint()
  return length_problem(tvb(offset + 8, 4):uint()) == nil
    and (flags_and_reserved == 0 or flags_and_reserved == 0x00010000)
end

local function accept(tvb, pinfo, root)
  if not pinfo.in_error_pkt then
    pinfo.conversation = dual
  end
  -- Not dual.dissector, which would be one more layer: TCP reassembles for the layer above it alone.
  dissect(tvb, pinfo, root)
  return true
end

local function recognise_datagram(tvb, pinfo, root)
  if tvb:captured_len() < LENGTH_END or tvb:raw(0, #MAGIC) ~= MAGIC then
    return false
  end
  return accept(tvb, pinfo, root)
end

local function recognise_stream(tvb, pinfo, root)
  local captured = tvb:captured_len()
  local bytes = tvb:raw(0, captured)
  if begins_with_magic(bytes, 0) then
    return accept(tvb, pinfo, root)
  end
  if captured >= MIN_PARTIAL_MAGIC and captured < #MAGIC and bytes == MAGIC:sub(1, captured) then
    if pinfo.can_desegment > 0 then
      wait_for(pinfo, 0, ONE_MORE_SEGMENT)
      return true
    end
    return false
  end
  local found = find(bytes, MAGIC, 1, true)
  if found and is_plausible(tvb, found - 1) then
    return accept(tvb, pinfo, root)
  end
  return false
end

dual:register_heuristic("udp", recognise_datagram)
dual:register_heuristic("tcp", recognise_stream)
DissectorTable.get("udp.port"):add_for_decode_as(dual)
DissectorTable.get("tcp.port"):add_for_decode_as(dual)
