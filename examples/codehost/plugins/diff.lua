-- Statistics of diffs, computed inside the server.

local diff = {}

-- stat(text): for each file of a unified diff the lines added and removed.
function diff.stat(text)
  local files, current = {}, nil
  local header = false
  for line in (text .. "\n"):gmatch("(.-)\n") do
    local name = line:match("^diff %-%-git a/.- b/(.+)$")
    if name then
      current = { file = name, added = 0, removed = 0 }
      files[#files + 1] = current
      header = true
    elseif line:sub(1, 2) == "@@" then
      header = false
    elseif current and not header then
      local mark = line:sub(1, 1)
      if mark == "+" then
        current.added = current.added + 1
      elseif mark == "-" then
        current.removed = current.removed + 1
      end
    end
  end
  return files
end

-- commit(revision): the same for a commit; another plugin, in another language,
-- is asked for its diff.
function diff.commit(revision)
  return diff.stat(fondaco.call("history", "diff", revision or "HEAD"))
end

return diff
