-- Text without any Markdown in it: paragraphs are all there is to do. Whatever
-- the predicate refuses goes on to the module's next plugin.

local escapes = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

function render_pred(text)
  return not (text:find("[`*_#%[%]|~\\!]") or text:find("^%s*[-+>%d]") or text:find("\n%s*[-+>%d=]"))
end

function render(text)
  local out = {}
  for paragraph in (text .. "\n\n"):gmatch("%s*(.-)%s*\n%s*\n") do
    if paragraph ~= "" then
      out[#out + 1] = "<p>" .. paragraph:gsub('[&<>"]', escapes) .. "</p>\n"
    end
  end
  return table.concat(out)
end
